// Upstreams that others wrote, as they are on npm, and this program itself, which speaks the newer era.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import type { UpstreamSetting } from "../../../src/config/types.ts";
import { isJsonObject, parseJson } from "../../../src/lib/json.ts";
import { createSecret } from "../../../src/lib/secret.ts";
import { listen } from "../../support/http.ts";
import { closedPort } from "../../support/loopback.ts";
import { configIn, folderFor, until } from "../../support/server.ts";
import { call, must, open, programReach, readOf, reported, textOf, type World } from "./world.ts";

const PEERS = resolve("test/conformance/node_modules/@modelcontextprotocol");
const EVERYTHING = join(PEERS, "server-everything/dist/index.js");
const FILESYSTEM = join(PEERS, "server-filesystem/dist/index.js");

/** Limits that what others wrote keeps to, on a machine that does other things too. */
const PATIENT = { limits: { connectMs: 20_000, probeMs: 5_000 }, timeout: 20 } as const;

function addressReach(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): UpstreamSetting["reach"] {
  const given = Object.entries(headers).map(
    ([name, value]) => [name, { value: createSecret(value), from: "text" }] as const,
  );
  return { kind: "address", url, headers: Object.fromEntries(given) };
}

/** The peer over HTTP, and how it is ended. */
async function everythingOverHttp(
  context: TestContext,
  port: number,
): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [EVERYTHING, "streamableHttp"], {
    env: { PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  const exited = once(child, "exit");
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  context.after(end);
  await until(() => said.includes("listening"));
  return end;
}

/** What everything does over either transport. */
async function everything(world: World): Promise<void> {
  const presented = must(await world.upstream.connect());
  assert.ok(presented.tools.length >= 10, String(presented.tools.length));
  assert.ok(presented.resources.length > 0 && presented.templates.length > 0);
  assert.ok(presented.prompts.length > 0 && presented.offers.completions);

  assert.equal(textOf(await call(world, "echo", { args: { message: "hé" } })), "Echo: hé");
  const sum = await call(world, "get-sum", { args: { a: "no", b: 1 } });
  assert.ok(sum.ok ? sum.value.isError : sum.failure.reason === "upstream_refused");
  const structured = await call(world, "get-structured-content", { args: { location: "Chicago" } });
  assert.ok(structured.ok && isJsonObject(structured.value.structured));

  const { news, report } = reported();
  const long = { duration: 0.3, steps: 3 };
  await call(world, "trigger-long-running-operation", { args: long, report });
  const steps = news.flatMap((one) => (one.kind === "progress" ? [one.progress] : []));
  assert.deepEqual(steps, [1, 2, 3]);

  const [{ uri } = {}] = presented.resources;
  const wanted = { action: "resources/read", name: String(uri), arguments: {} } as const;
  const read = await readOf(world, wanted);
  assert.ok(read.ok && Array.isArray(read.value.body["contents"]), JSON.stringify(read));
  const prompt = { action: "prompts/get", name: "simple-prompt", arguments: {} } as const;
  const given = await readOf(world, prompt);
  assert.ok(given.ok && Array.isArray(given.value.body["messages"]), JSON.stringify(given));
  const missing = { action: "resources/read", name: "none://at-all", arguments: {} } as const;
  const refused = await readOf(world, missing);
  assert.equal(refused.ok, false);
}

test("server-everything works over stdio, and its environment is what is configured", async (context) => {
  const reach = programReach(process.execPath, [EVERYTHING], { ONLY: "this" });
  const world = open(context, { reach, ...PATIENT });
  await everything(world);
  assert.deepEqual(parseJson(textOf(await call(world, "get-env"))), {
    A_TOKEN: "[REDACTED]",
    ONLY: "this",
  });
});

test("server-everything works over HTTP, and again after it was gone", async (context) => {
  const port = await closedPort();
  const end = await everythingOverHttp(context, port);
  const reach = addressReach(`http://127.0.0.1:${port}/mcp`);
  const world = open(context, {
    reach,
    timeout: 20,
    limits: { ...PATIENT.limits, firstRetryMs: 1 },
  });
  await everything(world);

  const cut = call(world, "trigger-long-running-operation", { args: { duration: 60, steps: 2 } });
  const controller = new AbortController();
  const other = call(world, "echo", { args: { message: "x" }, signal: controller.signal });
  assert.ok((await other).ok);
  await end();
  const broken = await cut;
  assert.ok(!broken.ok && broken.failure.reason === "upstream_broke_off", JSON.stringify(broken));
  const gone = await call(world, "echo", { args: { message: "x" } });
  assert.ok(!gone.ok && gone.failure.reason === "upstream_unreachable", JSON.stringify(gone));

  await everythingOverHttp(context, port);
  await until(async () => (await call(world, "echo", { args: { message: "back" } })).ok);
});

test("server-filesystem reads below its folder, and says no beyond it", async (context) => {
  const folder = await folderFor(context);
  await writeFile(join(folder, "a.txt"), "hello");
  const world = open(context, {
    reach: programReach(process.execPath, [FILESYSTEM, folder]),
    ...PATIENT,
  });
  must(await world.upstream.connect());
  const inside = await call(world, "read_text_file", { args: { path: join(folder, "a.txt") } });
  assert.ok(inside.ok && !inside.value.isError);
  assert.deepEqual([textOf(inside), inside.value.structured], ["hello", { content: "hello" }]);
  const outside = await call(world, "read_text_file", { args: { path: "/etc/passwd" } });
  assert.ok(outside.ok && outside.value.isError);
  assert.match(textOf(outside), /Access denied/);
});

/** This program itself as an upstream, with the tools of the protocol's own suite. */
async function suite(context: TestContext): Promise<World> {
  const config = await configIn(await folderFor(context), {});
  const main = resolve("test/conformance/main.ts");
  const reach = programReach(process.execPath, [main, "mcp", "serve", "--config", config], {
    PATH: process.env["PATH"] ?? "",
    HOME: await folderFor(context),
  });
  return open(context, { reach, ...PATIENT });
}

test("an upstream of the newer era works over stdio, and what it asks back is refused", async (context) => {
  const world = await suite(context);
  const { tools, templates } = must(await world.upstream.connect());
  assert.ok(tools.length > 0 && templates.length > 0);
  assert.match(textOf(await call(world, "test_simple_text")), /simple text response/);
  const { news, report } = reported();
  assert.ok((await call(world, "test_tool_with_progress", { report })).ok);
  assert.deepEqual(
    news.map((one) => one.kind === "progress" && one.progress),
    [0, 50, 100],
  );
  const asked = await call(world, "test_elicitation", { args: { message: "who?" } });
  assert.ok(asked.ok ? asked.value.isError : asked.failure.reason.startsWith("upstream_"));
});

test("an upstream of the newer era works over HTTP, with the headers that are configured and no others", async (context) => {
  const { url } = await listen(context, await folderFor(context));
  const world = open(context, { reach: addressReach(`${url}/mcp`), ...PATIENT });
  must(await world.upstream.connect());
  assert.equal(textOf(await call(world, "greet", { args: { who: "you" } })).trim(), "hello you");
  const refused = open(context, {
    reach: addressReach(`${url}/mcp`, { authorization: "Bearer wrong" }),
    ...PATIENT,
  });
  const outcome = await refused.upstream.connect();
  assert.ok(!outcome.ok && outcome.failure.reason === "upstream_unreachable");
  assert.match(outcome.failure.detail, /HTTP status 401/);
});
