import type { Decide, Decision, Snapshot } from "../decision/types.ts";
import type { Circumstances, InputDocument } from "../input/types.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Step, Tool } from "../tools/types.ts";
import type { Evaluated, Host, Question } from "./types.ts";
import { unseenHint } from "./unseen.ts";

/** Asks the policies one question, on the input that the server would build; the failure says what cannot be asked. */
export async function evaluate(
  snapshot: Snapshot,
  question: Question,
  host: Host,
): Promise<Outcome<Evaluated, string>> {
  const input =
    question.kind === "document"
      ? documentInput(question, host)
      : callInput(snapshot, question, host);
  if (!input.ok) return input;
  return done({ decision: await ask(snapshot.decide, input.value), input: input.value });
}

/** Asks the policies what they are asked about an input's action. */
export async function ask(decide: Decide, input: InputDocument): Promise<Decision> {
  switch (ASKED[input.action]) {
    case "admit":
      return decide.admit(input);
    case "list":
      return decide.list(input);
    case "call":
      return (await decide.call(input, null)).decision;
    case "read":
      return (await decide.read(input, null)).decision;
    case "manage":
      return (await decide.manage(input, null)).decision;
  }
}

/** What a server asks of each action. */
const ASKED: Readonly<
  Record<InputDocument["action"], "admit" | "list" | "call" | "read" | "manage">
> = {
  "server/discover": "admit",
  "tools/list": "list",
  "tools/call": "call",
  "resources/list": "admit",
  "resources/templates/list": "admit",
  "resources/read": "read",
  "resources/subscribe": "read",
  "resources/unsubscribe": "read",
  "prompts/list": "admit",
  "prompts/get": "read",
  "completion/complete": "read",
  "logging/setLevel": "admit",
  "keys/create": "manage",
  "keys/rotate": "manage",
  "keys/revoke": "manage",
  "keys/read": "manage",
  "tokens/create": "manage",
  "tokens/revoke": "manage",
  "tokens/read": "manage",
  "sessions/create": "manage",
  "sessions/open": "manage",
  "sessions/close": "manage",
  "sessions/revoke": "manage",
  "sessions/read": "manage",
  "access/freeze": "manage",
  "access/unfreeze": "manage",
  "tools/approve": "manage",
};

/** A document may be from before there was a brake, and from before it said whose is what is read, and whose a tool. */
function completed(document: JsonObject): JsonObject {
  const { action, tool } = document;
  const reads = Object.entries(ASKED).some(([name, asked]) => name === action && asked === "read");
  return {
    ...{ frozen: null, reading: reads ? { origin: null } : null, ...document },
    ...(isJsonObject(tool) && { tool: { origin: null, ...tool } }),
  };
}

function documentInput(
  { document }: Extract<Question, { kind: "document" }>,
  { checkInput }: Host,
): Outcome<InputDocument, string> {
  const checked = checkInput(isJsonObject(document) ? completed(document) : document);
  return checked.ok ? checked : failed(`the document is no input: ${checked.failure}`);
}

function callInput(
  { world }: Snapshot,
  question: Extract<Question, { kind: "call" }>,
  host: Host,
): Outcome<InputDocument, string> {
  const tool = world.toolbox.catalogue.get(question.tool);
  if (tool === undefined) {
    const names = [...world.toolbox.catalogue.keys()];
    const fault = `no tool is called ${question.tool}; there are: ${names.join(", ") || "none"}`;
    const hint = unseenHint(question.tool, world.config, names);
    return failed(hint === null ? fault : `${fault}\n${hint}`);
  }
  const planned = world.toolbox.plan(question.tool, argumentsOf(tool, question.arguments));
  if (!planned.ok && planned.failure.reason === "invalid_arguments") {
    const faults = planned.failure.faults.map(({ field, message }) => `${field} ${message}`);
    return failed(`the arguments do not fit: ${faults.join("; ")}`);
  }
  const [planStep] = planned.ok ? planned.value.steps : [];
  if (planStep === undefined) return failed(`${question.tool} plans nothing`);
  const runner =
    question.runner === null ? planStep.runner : host.resolveRunner(world.config)(question.runner);
  const step: Step = { ...planStep, runner };
  const asked = { action: "tools/call", step } as const;
  const { session_timeout: idle, require_auth: sessions } = world.config;
  const idleMs = sessions && question.ip === null ? idle * 1000 : null;
  return done(host.buildInput(circumstances(question, host, idleMs), asked));
}

/** Values as the tool's schema has them: text as it is, anything else from its JSON. */
function argumentsOf(tool: Tool, written: Readonly<Record<string, string>>): JsonObject {
  const properties = tool.inputSchema["properties"];
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => {
      const property = isJsonObject(properties) ? properties[name] : undefined;
      const type = isJsonObject(property) ? property["type"] : "string";
      return [name, type === "string" ? value : parsed(value)];
    }),
  );
}

function parsed(value: string): Json {
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}

/**
 * A caller as the server would see one: over HTTP when there is an address, else over stdio, where the
 * process is a session wherever there are sessions (`idleMs`).
 */
function circumstances(
  { as, ip, now }: Extract<Question, { kind: "call" }>,
  { newId, clock }: Host,
  idleMs: number | null,
): Circumstances {
  const nowMs = now === null ? clock() : Date.parse(now);
  return {
    requestId: newId(),
    transport: ip === null ? "stdio" : "http",
    era: "modern",
    nowMs,
    client: { ip, peer_ip: ip, name: "policy eval", version: null },
    caller: callerOf(as, nowMs, idleMs),
    frozen: null,
  };
}

function callerOf(as: string, nowMs: number, idleMs: number | null): Circumstances["caller"] {
  const [kind = "", name = ""] = as.split(/:(.*)/s);
  const anonymous = kind === "anonymous";
  const verified = anonymous ? null : nowMs;
  return {
    principal: {
      kind: anonymous ? "anonymous" : "user",
      id: anonymous ? null : kind === "user" ? name : "policy-eval",
      roles: kind === "role" ? [name] : [],
      permissions: null,
      claims: {},
    },
    credential: {
      status: anonymous ? "absent" : "verified",
      id: anonymous ? null : "policy-eval",
      kind: anonymous ? null : "key",
      created_ms: verified,
      expires_ms: verified === null ? null : verified + 3_600_000,
      revoked_ms: null,
      allowed_ips: null,
      allow_stdio: anonymous ? null : true,
      parent: null,
      sessions: null,
    },
    replaced_by: null,
    session: anonymous || idleMs === null ? null : sessionOf(nowMs, idleMs),
  };
}

const ABSOLUTE_MS = 43_200_000;

function sessionOf(nowMs: number, idleMs: number): NonNullable<Circumstances["caller"]["session"]> {
  return {
    id: "policy-eval",
    credential: "policy-eval",
    started_ms: nowMs,
    used_ms: nowMs,
    idle_ms: idleMs,
    absolute_ms: ABSOLUTE_MS,
  };
}
