// The Kubiya cloud as its documentation tells it, on this machine, over HTTP. It keeps a record of what it was
// asked, and can be told to answer anything else, in any way.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Client } from "@modelcontextprotocol/client";
import { listener } from "./loopback.ts";
import { configIn, connect, folderFor } from "./server.ts";

/** What was asked of it. */
export interface AskedOfCloud {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Answers a request in a way of its own. */
export type Behaviour = (request: AskedOfCloud, response: ServerResponse) => void;

/** A cloud that runs. */
export interface Cloud {
  readonly url: string;
  readonly asked: readonly AskedOfCloud[];
  /** Keys by their text: what `auth/validate` and `auth/me` say of them. */
  readonly keys: Map<string, { readonly validate: unknown; readonly me: unknown }>;
  /** Answers the next requests each in one of these ways, before it does what is right again. */
  readonly misbehave: (...behaviours: readonly Behaviour[]) => void;
  /** Answers all requests in this way from now on; null: in the right way. */
  readonly always: (behaviour: Behaviour | null) => void;
  /** Sends these texts one after the other as the answer of what runs something. */
  readonly streams: (...pieces: readonly string[]) => void;
}

/** An owner, its organisation and scopes, as the cloud tells them of a key. */
export function cloudKey(
  email: string,
  scopes: readonly string[],
  organization = "acme",
): { readonly validate: unknown; readonly me: unknown } {
  const validate = { valid: true, key_id: `key-of-${email}`, organization: { id: organization } };
  return { validate, me: { id: "u1", email, scopes } };
}

const RUNNERS = [
  { name: "kubiya-hosted", namespace: "kubiya", gateway_password: "canary-gateway" },
  { name: "on-premises", version: { gateway_password: "canary-gateway" } },
];
const AGENTS = [{ uuid: "a1", name: "helper", environment_variables: { A: "canary-agent" } }];
const TOOLS = [{ name: "greet", type: "docker", image: "alpine", content: "echo hello" }];
const KNOWLEDGE = [{ uuid: "k1", name: "runbook", content: "restart it" }];

/** What is answered to a method and a path. */
const DOCUMENTS: Readonly<Record<string, unknown>> = {
  "GET /api/v3/runners": RUNNERS,
  "GET /api/v3/runners/on-premises/health": { health: "ok", status: "Ready", checks: [{ a: 1 }] },
  "POST /api/v3/runners/new": { url: "https://manifests.example/new" },
  "DELETE /api/v3/runners/new": "",
  "GET /api/v1/agents": AGENTS,
  "POST /api/v1/agents": AGENTS[0],
  "PUT /api/v1/agents/a1": AGENTS[0],
  "DELETE /api/v1/agents/a1": { deleted: true },
  "GET /api/v1/sources": [{ uuid: "s1", url: "https://github.com/example/tools" }],
  "GET /api/v1/sources/s1/metadata": { tools: TOOLS, errors: [{ file: "x" }] },
  "POST /api/v1/sources": { uuid: "s1" },
  "POST /api/v1/sources/load": { tools: TOOLS, errors: null },
  "GET /api/v2/integrations": [
    { name: "slack", configs: [{ vendor_specific: { token: "canary-vendor" } }] },
  ],
  "POST /api/v2/integrations": { name: "slack" },
  "GET /api/v1/secrets": [{ name: "DB_URL", value: "canary-secret", created_by: "ada" }],
  "GET /api/v1/knowledge": KNOWLEDGE,
  "GET /api/v1/knowledge/k1": KNOWLEDGE[0],
};

const STREAMS = ["POST /api/v1/tools/exec", "POST /api/v1/workflow", "POST /api/v1/hb/v4/stream"];

/** A key that it knows from the start, with every right there. */
export const OPERATORS_KEY = "uk_operators-own.key~1";

const OPERATOR = cloudKey("operator@example", ["admin"]);

/** Says whose that key is, where that is asked; false where something else is. */
export function saysWho({ url }: Pick<AskedOfCloud, "url">, response: ServerResponse): boolean {
  const what = /^\/api\/v1\/auth\/(validate|me)/.exec(url)?.[1];
  if (what === undefined) return false;
  json(response, 200, what === "me" ? OPERATOR.me : OPERATOR.validate);
  return true;
}

/** Answers as a tool that ran there does, and said "far away". */
export function saysFarAway(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(`data: {"type":"stdout","stdout":"far away"}\n\ndata: [DONE]\n\n`);
}

/** The runs of tools that it was asked for. */
export function runsAskedOf({ asked }: Cloud): readonly string[] {
  return asked.map(({ url }) => url).filter((url) => url.startsWith("/api/v1/tools/exec"));
}

/** A client over stdio of a server whose key is that one, its configuration and its state. */
export async function clientOf(
  context: TestContext,
  cloud: Cloud,
  config: object,
): Promise<{ readonly client: Client; readonly config: string; readonly state: string }> {
  const folder = await folderFor(context);
  const file = await configIn(folder, { kubiya: { base_url: cloud.url }, ...config });
  const client = await connect(context, ["--config", file], { KUBIYA_API_KEY: OPERATORS_KEY });
  return { client, config: file, state: join(folder, "state") };
}

/** Runs a cloud while some work is done. */
export async function withCloud(work: (cloud: Cloud) => Promise<void>): Promise<void> {
  const asked: AskedOfCloud[] = [];
  const keys: Cloud["keys"] = new Map([[OPERATORS_KEY, OPERATOR]]);
  let next: readonly Behaviour[] = [];
  let always: Behaviour | null = null;
  let pieces: readonly string[] = [];

  function answer(request: AskedOfCloud, response: ServerResponse): void {
    const [first, ...rest] = next;
    next = rest;
    const behaviour = first ?? always;
    if (behaviour !== null) return behaviour(request, response);
    const path = request.url.split("?")[0] ?? "";
    const key = /^UserKey (.*)$/.exec(request.headers.authorization ?? "")?.[1];
    const known = key === undefined ? undefined : keys.get(key);
    if (known === undefined) return json(response, 401, { error: "Unauthorized", status: 401 });
    if (path === "/api/v1/auth/validate") return json(response, 200, known.validate);
    if (path === "/api/v1/auth/me") return json(response, 200, known.me);
    const named = `${request.method} ${path}`;
    if (STREAMS.includes(named)) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const piece of pieces) response.write(piece);
      response.end();
      return;
    }
    const found = DOCUMENTS[named];
    if (found === undefined) return json(response, 404, { error: { code: 404, message: "none" } });
    json(response, 200, found);
  }

  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, headers, body };
      asked.push(one);
      response.on("error", () => {});
      answer(one, response);
    });
  });
  const { port, end } = await listener(server);
  try {
    await work({
      url: `http://127.0.0.1:${port}`,
      asked,
      keys,
      misbehave: (...behaviours) => {
        next = behaviours;
      },
      always: (behaviour) => {
        always = behaviour;
      },
      streams: (...given) => {
        pieces = given;
      },
    });
  } finally {
    await end();
  }
}

/** A cloud that runs until the test has ended. */
export async function cloudFor(context: TestContext): Promise<Cloud> {
  const over = Promise.withResolvers<void>();
  const started = Promise.withResolvers<Cloud>();
  const running = withCloud(async (cloud) => {
    started.resolve(cloud);
    await over.promise;
  });
  context.after(async () => {
    over.resolve();
    await running;
  });
  return started.promise;
}

/** Answers with a status and a JSON document; an empty text is no body. */
export function json(response: ServerResponse, status: number, document: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(document === "" ? "" : JSON.stringify(document));
}
