// The written authentication matrix, held to the real program: one server for all of HTTP, one process for each
// cell of stdio.

import assert from "node:assert/strict";
import type { JWTPayload } from "jose";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { mint } from "../../src/credential/format.ts";
import { GREET, type Listening, listen } from "../support/http.ts";
import { type Issuer, withIssuer } from "../support/issuer.ts";
import { idOf, keyIn, type Keyring, withKeyring } from "../support/keys.ts";
import { configIn, folderFor, kubiya, recordsIn } from "../support/server.ts";
import {
  type Answer,
  type AnswerName,
  ANSWERS,
  ENDPOINTS,
  type Held,
  HTTP,
  type Manner,
  type Row,
  STDIO,
  WITHOUT_ISSUER,
} from "./authentication.ts";

const HERE = "10.1.0.0/16";
const ELSEWHERE = "192.0.2.7";
const ONLY_LISTS = ["tools:list"];
const AUDIENCE = "https://mcp.example.com";

/** What a server needs to know every kind of credential; a proxy tells it where each request comes from. */
const configFor = (issuer: string): Readonly<Record<string, unknown>> => ({
  require_auth: true,
  allowed_ips: [HERE, "127.0.0.1/32"],
  http: { trusted_proxies: ["127.0.0.1/32"] },
  jwt: { issuer, audience: AUDIENCE, jwks_uri: `${issuer}/keys` },
  roles: {
    developer: { permissions: ["tools:list", "tools:execute"] },
    viewer: { permissions: ONLY_LISTS, allowed_tools: ["*"] },
    nobody: { permissions: [], allowed_tools: ["*"] },
  },
});

/** Every credential of the matrix. */
type Credentials = Readonly<Record<string, string>>;

async function credentialsIn(state: string, issuer: Issuer): Promise<Credentials> {
  let credentials: Credentials = {};
  await withKeyring(state, async (keyring) => {
    credentials = await credentialsOf(keyring, issuer);
  });
  return credentials;
}

async function credentialsOf(keyring: Keyring, issuer: Issuer): Promise<Credentials> {
  const { make, revoke, end } = keyring;
  const key = await make({ user: "ada" });
  const parent = idOf(key);
  const guest = await make({ allowed_ips: ["10.2.0.0/16"] });
  const orphaning = await make();
  const token = (wanted: Parameters<typeof make>[0] = {}): Promise<string> =>
    make({ kind: "token", user: null, parent, ...wanted });
  const session = (wanted: Parameters<typeof make>[0] = {}): Promise<string> =>
    token({ kind: "session", permissions: null, idle_ms: 600_000, ...wanted });
  const made = {
    "key that holds": key,
    "key that has expired": await make({ lifetime_ms: 1 }),
    "key that was revoked": await make(),
    "key that may only list": await make({ permissions: ONLY_LISTS }),
    "key that may nothing": await make({ permissions: [] }),
    "key that is for another network": guest,
    "token that holds": await token(),
    "token that has expired": await token({ lifetime_ms: 1 }),
    "token that was revoked": await token(),
    "token that is of a revoked parent": await token({ parent: idOf(orphaning) }),
    "token that may only list": await token({ permissions: ONLY_LISTS }),
    "token that is for another network": await token({ parent: idOf(guest) }),
    "session that holds": await session(),
    "session that was idle": await session({ idle_ms: 1 }),
    "session that has expired": await session({ lifetime_ms: 1 }),
    "session that was revoked": await session(),
    "session that is of a revoked parent": await session({ parent: idOf(orphaning) }),
    "session that may only list": await session({ permissions: ONLY_LISTS }),
    "session that is for another network": await session({ parent: idOf(guest) }),
  };
  await revoke("key", made["key that was revoked"]);
  await revoke("key", orphaning);
  await revoke("token", made["token that was revoked"]);
  await end(made["session that was revoked"]);
  return {
    nothing: "",
    "text of no kind": "correct-horse-battery-staple",
    ...made,
    ...strangers("key", key),
    ...strangers("token", made["token that holds"]),
    ...strangers("session", made["session that holds"]),
    ...(await tokensOf(issuer)),
  };
}

/** What looks like a credential that holds. */
function strangers(kind: "key" | "token" | "session", holds: string): Credentials {
  return {
    [`${kind} that has a wrong secret`]: mint(kind, idOf(holds)).secret.reveal(),
    [`${kind} that is malformed`]: holds.slice(0, -1),
    [`${kind} that nobody made`]: mint(kind).secret.reveal(),
  };
}

async function tokensOf({ url, sign }: Issuer): Promise<Credentials> {
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  const claims = { iss: url, aud: AUDIENCE, sub: "eve", roles: ["developer"], exp };
  const signed = (other: JWTPayload = {}): Promise<string> => sign({ ...claims, ...other });
  const holds = await signed();
  const [head, , signature] = holds.split(".");
  const [, payload] = (await signed({ sub: "root" })).split(".");
  return {
    "jwt that holds": holds,
    "jwt that has expired": await signed({ exp: 1_000_000_000 }),
    "jwt that is for another audience": await signed({ aud: "https://other.example.com" }),
    "jwt that has a wrong secret": [head, payload, signature].join("."),
    "jwt that is malformed": "e30.e30.e30",
    "jwt that may only list": await signed({ roles: ["viewer"] }),
    "jwt that may nothing": await signed({ roles: ["nobody"] }),
    "jwt that has a role that is none": await signed({ roles: ["emperor"] }),
  };
}

/** A request as it is sent, after the base of its URL. */
interface Sent {
  /** With its method; the endpoint's by default. */
  readonly to?: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

type Send = (text: string, other: string) => Sent;

const bearer = (text: string): Sent["headers"] =>
  text === "" ? {} : { authorization: `Bearer ${text}` };
const asBearer: Send = (text) => ({ headers: bearer(text) });
const inQuery =
  (name: string): Send =>
  (text) => ({ query: `?${name}=${encodeURIComponent(text)}`, headers: {} });

/** How each manner sends a text; `other` is the session of another credential. */
const MANNERS: Readonly<Record<Manner, Send>> = {
  "as a Bearer token": asBearer,
  "in X-API-Key": (text) => ({ headers: { "x-api-key": text } }),
  "with another scheme": (text) => ({ headers: { authorization: `Basic ${text}` } }),
  "in two headers": (text) => ({
    headers: { authorization: [`Bearer ${text}`, `Bearer ${text}`] },
  }),
  "in X-API-Key beside Authorization": (text) => ({
    headers: { ...bearer(text), "x-api-key": text },
  }),
  "in the query as access_token": inQuery("access_token"),
  "in the query as token": inQuery("token"),
  "in the query as api_key": inQuery("api_key"),
  "from another network": (text) => ({
    headers: { ...bearer(text), "x-forwarded-for": ELSEWHERE },
  }),
  "in a session of another credential": (text, other) => ({
    headers: { ...bearer(text), "mcp-session-id": other },
  }),
  "in a session that nobody knows": (text) => ({
    headers: { ...bearer(text), "mcp-session-id": "0197a0b0-0000-7000-8000-000000000001" },
  }),
  "without its session": asBearer,
};

const CALL = { name: "greet", arguments: { who: "ada" } };
const CLIENT = { name: "raw", version: "1" };
const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": CLIENT,
  "io.modelcontextprotocol/clientCapabilities": {},
};
const INITIALIZE = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: CLIENT };

/** What is asked for in each era: its handshake, a list, a call. */
const ASKED = {
  legacy: [
    ["initialize", INITIALIZE],
    ["tools/list", {}],
    ["tools/call", CALL],
  ],
  modern: [
    ["server/discover", { _meta: META }],
    ["tools/list", { _meta: META }],
    ["tools/call", { ...CALL, _meta: META }],
  ],
} as const;
type Era = keyof typeof ASKED;
const ERAS = ["legacy", "modern"] as const;

function eraHeaders(era: Era, method: string): Sent["headers"] {
  if (era === "legacy") return {};
  const named = method === "tools/call" ? { "mcp-name": CALL.name } : {};
  return { "mcp-protocol-version": "2026-07-28", "mcp-method": method, ...named };
}

/** An answer to one request. */
interface Got extends Answer {
  readonly session: string | null;
  readonly text: string;
}

function ask({ url }: Listening, request: Sent, body: object): Promise<Got> {
  const { to = "POST /mcp", query = "", headers } = request;
  const [method, path] = to.split(" ");
  const { promise, resolve, reject } = Promise.withResolvers<Got>();
  const lines = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === "string" ? value : [...value],
  ]);
  const sent = httpRequest(new URL(`${path}${query}`, url), {
    ...{ method, agent: false, headers: Object.fromEntries(lines) },
  });
  sent.on("error", reject);
  sent.on("response", (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => (text += chunk));
    response.on("error", reject);
    response.on("end", () => {
      const { "www-authenticate": challenge, "mcp-session-id": session } = response.headers;
      resolve({
        status: response.statusCode ?? 0,
        challenge: challengeIn(challenge),
        error: errorIn(text),
        session: typeof session === "string" ? session : null,
        text,
      });
    });
  });
  sent.end(method === "POST" ? JSON.stringify({ jsonrpc: "2.0", id: 7, ...body }) : undefined);
  return promise;
}

function challengeIn(header: string | undefined): Answer["challenge"] {
  if (header === undefined) return null;
  assert.match(header, /^Bearer (?:[a-z_]+="[^"]*"(?:, |$))+$/);
  return Object.fromEntries(
    [...header.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, ...pair]) => pair),
  );
}

function errorIn(text: string): Answer["error"] {
  const { error } = JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? text);
  if (error === undefined) return null;
  return { code: error.code, begins: error.message, data: error.data?.code ?? null };
}

/** It is as written, with as much of the message as the table tells. */
function assertAnswer(
  { status, challenge, error, text }: Got,
  wanted: Answer,
  asked: string,
): void {
  const begins = error?.begins.slice(0, wanted.error?.begins.length) ?? "";
  const told = { status, challenge, error: error && { ...error, begins } };
  assert.deepEqual(told, wanted, `${asked}: ${text}`);
}

/** The answer of the table, as this server gives it. */
function writtenFor(name: AnswerName, url: string): Answer {
  const { challenge, ...rest }: Answer = ANSWERS[name];
  const metadata = `${url}/.well-known/oauth-protected-resource/mcp`;
  return { ...rest, challenge: challenge && { ...challenge, resource_metadata: metadata } };
}

function textOf(credentials: Credentials, held: Held): string {
  return credentials[held] ?? assert.fail(`there is no ${held}`);
}

/** One cell: an era's three requests with a credential. */
interface Cell {
  readonly row: Row;
  readonly era: Era;
  readonly text: string;
  /** A session of another credential. */
  readonly other: string;
  /** The address that the requests come from. */
  readonly from: string;
}

/** Holds a server to a cell; how many calls it served. */
async function hold(server: Listening, { row, era, text, other, from }: Cell): Promise<number> {
  const { sent, http } = row;
  const presented = MANNERS[sent](text, other);
  let session: Sent["headers"] = {};
  let calls = 0;
  for (const [step, [method, params]] of ASKED[era].entries()) {
    const name = typeof http[era] === "string" ? http[era] : (http[era][step] ?? "served");
    const headers = {
      ...{ ...TYPES, "x-forwarded-for": from },
      ...{ ...eraHeaders(era, method), ...session, ...presented.headers },
    };
    const got = await ask(server, { ...presented, headers }, { method, params });
    assertAnswer(got, writtenFor(name, server.url), method);
    if (got.session !== null && sent !== "without its session") {
      session = { "mcp-session-id": got.session };
    }
    const greeted = got.text.includes("hello ada");
    assert.equal(greeted, method === "tools/call" && name === "served");
    calls += greeted ? 1 : 0;
  }
  return calls;
}

/** Opens a session for somebody else. */
async function sessionOfAnother(server: Listening, state: string): Promise<string> {
  const headers = { ...TYPES, ...bearer(await keyIn(state, { user: "mallory" })) };
  const opened = await ask(
    server,
    { headers: { ...headers, "x-forwarded-for": "10.1.255.1" } },
    { method: "initialize", params: INITIALIZE },
  );
  return opened.session ?? assert.fail(opened.text);
}

async function ran(state: string): Promise<number> {
  const trail = await recordsIn(state);
  return trail.filter(({ action, result }) => action === "execute_tool" && result !== "denied")
    .length;
}

/** No secret, and of a token no signature, stands in what was written. */
function assertUnseen(credentials: Credentials, written: string): void {
  for (const [held, text] of Object.entries(credentials)) {
    if (text.length > 43) assert.equal(written.includes(text.slice(-43)), false, held);
  }
}

test("over HTTP every credential is answered as the matrix says, and runs nothing where it is refused", (context) =>
  withIssuer(async (issuer) => {
    const folder = await folderFor(context);
    const state = join(folder, "state");
    const server = await listen(context, folder, configFor(issuer.url));
    const credentials = await credentialsIn(state, issuer);
    const other = await sessionOfAnother(server, state);
    let calls = 0;
    for (const [at, row] of HTTP.entries()) {
      for (const era of ERAS) {
        await context.test(`a ${era} client with ${row.held}, ${row.sent}`, async () => {
          const text = textOf(credentials, row.held);
          calls += await hold(server, { row, era, text, other, from: `10.1.${at}.1` });
        });
      }
    }
    // A key has ten sessions at most, and those of the first one are open.
    const fresh = { ...credentials, "key that holds": await keyIn(state) };
    for (const [at, { held, sent, answers }] of ENDPOINTS.entries()) {
      await context.test(`a client beside its messages with ${held}, ${sent}`, async () => {
        const presented = MANNERS[sent](textOf(fresh, held), other);
        for (const [to, name] of Object.entries(answers)) {
          const headers = { ...TYPES, "x-forwarded-for": `10.1.${at}.2`, ...presented.headers };
          const got = await ask(server, { ...presented, to, headers }, {});
          assertAnswer(got, writtenFor(name, server.url), to);
          assert.equal(/kbs_/.test(got.text), to === "POST /auth/session" && name === "served");
        }
      });
    }
    // Each that was served has its intent and its outcome.
    assert.equal(await ran(state), 2 * calls);
    assertUnseen(fresh, JSON.stringify(await recordsIn(state)) + server.stderr());
  }));

test("over HTTP a token whose issuer cannot be asked is not turned away for good, and a key is served", (context) =>
  withIssuer(async (issuer) => {
    const folder = await folderFor(context);
    const state = join(folder, "state");
    issuer.answer({ status: 500, body: "" });
    const server = await listen(context, folder, configFor(issuer.url));
    const credentials = await credentialsIn(state, issuer);
    for (const row of WITHOUT_ISSUER) {
      for (const era of ERAS) {
        const text = textOf(credentials, row.held);
        await hold(server, { row, era, text, other: "", from: "10.1.0.1" });
      }
    }
  }));

test("over stdio every credential is answered as the matrix says", { concurrency: 2 }, (context) =>
  withIssuer(async (issuer) => {
    const folder = await folderFor(context);
    const state = join(folder, "state");
    const credentials = await credentialsIn(state, issuer);
    const config = await configIn(folder, { whitelisted_tools: [GREET], ...configFor(issuer.url) });
    const cells = STDIO.map(({ held, era, answer }) =>
      context.test(`a ${era} client with ${held}`, async () => {
        const text = textOf(credentials, held);
        const { stdout, stderr } = await kubiya(["mcp", "serve", "--config", config], {
          input: linesOf(era),
          env: text === "" ? {} : { KUBIYA_AUTH_TOKEN: text },
        });
        const [handshake = "", called = ""] = stdout.trim().split("\n");
        assert.equal(errorIn(handshake), null);
        const { error: wanted }: Answer = ANSWERS[answer];
        const error = errorIn(called);
        const begins = error?.begins.slice(0, wanted?.begins.length) ?? "";
        assert.deepEqual(error && { ...error, begins }, wanted, called);
        assert.equal(called.includes("hello ada"), answer === "served");
        assertUnseen(credentials, stdout + stderr);
      }),
    );
    await Promise.all(cells);
    assert.equal(await ran(state), 2 * STDIO.filter(({ answer }) => answer === "served").length);
  }),
);

/** The handshake of an era, and a call. */
function linesOf(era: Era): string {
  const [[greeting, said], , [method, params]] = ASKED[era];
  const messages = [
    { id: 1, method: greeting, params: said },
    ...(era === "legacy" ? [{ method: "notifications/initialized" }] : []),
    { id: 2, method, params },
  ];
  return messages.map((one) => `${JSON.stringify({ jsonrpc: "2.0", ...one })}\n`).join("");
}

const TYPES = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};
