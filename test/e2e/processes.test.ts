// What trust.md says of several processes on one folder, with the real programs.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { GREET, listen } from "../support/http.ts";
import { runs } from "../support/processes.ts";
import { chainsIn, type Read } from "../support/records.ts";
import { connect, folderFor, kubiya, MAIN, until } from "../support/server.ts";

const CALLS = 24;

/** Says its number, and goes on until it is told to end, or for half a minute. */
const NAP = {
  name: "nap",
  type: "shell",
  content:
    'echo $$ > "$begun"; n=0; while [ ! -e "$end" ] && [ $n -lt 600 ]; do sleep 0.05; n=$((n+1)); done',
  args: [{ name: "begun" }, { name: "end" }],
};

/** Greets many at once, each by a name of its own. */
async function greetFrom(client: Client, name: string): Promise<readonly string[]> {
  const names = Array.from({ length: CALLS }, (_, at) => `${name}-${at}`);
  const greet = async (who: string): Promise<void> => {
    const { isError } = await client.callTool({ name: "greet", arguments: { who } });
    assert.notEqual(isError, true, who);
  };
  await Promise.all(names.map(greet));
  return names;
}

/** Runs a command again and again until it is told to stop; gives the exit codes. */
function again(
  context: TestContext,
  args: readonly string[],
): () => Promise<readonly (number | null)[]> {
  let stopped = false;
  const running = (async () => {
    const codes: (number | null)[] = [];
    while (!stopped) codes.push((await kubiya(args)).code);
    return codes;
  })();
  const stop = (): typeof running => {
    stopped = true;
    return running;
  };
  context.after(stop);
  return stop;
}

/** A server on stdio, and its end by force. */
async function victim(context: TestContext, config: string) {
  const client = new Client({ name: "victim", version: "1" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, "mcp", "serve", "--config", config],
    stderr: "ignore",
  });
  await client.connect(transport);
  context.after(() => client.close());
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  client.onclose = resolve;
  const kill = async (): Promise<void> => {
    const { pid } = transport;
    assert.ok(pid !== null, "it ended by itself");
    process.kill(pid, "SIGKILL");
    await gone;
  };
  return { client, kill };
}

const arg = ({ parameters }: Read, name: string): unknown => Object(parameters)[name];

/** The chain that a server of this call wrote. */
function chainOf(chains: ReadonlyMap<string, readonly Read[]>, who: string): string {
  const found = [...chains].find(([, records]) => records.some((one) => arg(one, "who") === who));
  return found?.[0] ?? assert.fail(`no chain has ${who}`);
}

test("three servers and the command line share a folder, one is killed, and the next goes on with its chain", async (context) => {
  const folder = await folderFor(context);
  const audit = join(folder, "state", "audit");
  const [begun, end] = [join(folder, "begun"), join(folder, "end")];
  const web = await listen(context, folder, { whitelisted_tools: [GREET, NAP] });
  const config = join(folder, "config.json");
  const stopCommands = again(context, ["auth", "key", "list", "--config", config]);
  const [one, two] = await Promise.all([
    connect(context, ["--config", config]),
    victim(context, config),
  ]);
  const three = new Client({ name: "web", version: "1" });
  await three.connect(new StreamableHTTPClientTransport(new URL(`${web.url}/mcp`)));
  context.after(() => three.close());

  const greeted = await Promise.all([
    greetFrom(one, "one"),
    greetFrom(two.client, "two"),
    greetFrom(three, "three"),
  ]);
  const napping = two.client.callTool({ name: "nap", arguments: { begun, end } });
  const lost = assert.rejects(napping);
  await until(async () => (await readFile(begun, "utf8").catch(() => "")).endsWith("\n"));
  await two.kill();
  await lost;
  const orphan = Number(await readFile(begun, "utf8"));
  // What a dead server left running does not hold its chain.
  assert.ok(runs(orphan));
  const next = await connect(context, ["--config", config]);
  const later = await Promise.all([greetFrom(one, "late"), greetFrom(next, "next")]);
  assert.ok(runs(orphan));
  await writeFile(end, "");
  await until(() => !runs(orphan));
  const commands = await stopCommands();
  for (const client of [one, next, three]) await client.close();
  assert.equal(await web.end(), 0);

  const told = await kubiya(["audit", "verify", "--config", config, "--json"]);
  const { intact, chains: verdicts } = JSON.parse(told.stdout);
  assert.deepEqual([told.code, intact, verdicts.length], [0, true, 4]);
  const chains = await chainsIn(audit);
  const own = ["one", "two", "three"].map((name) => chainOf(chains, `${name}-0`));
  assert.equal(new Set(own).size, 3, "each server has a chain of its own");
  assert.equal(chainOf(chains, "next-0"), own[1], "the next server took over the dead one's");
  const records = [...chains.values()].flat();
  const ended = records.filter(({ phase, result }) => phase === "outcome" && result === "success");
  assert.deepEqual(
    ended
      .map((record) => arg(record, "who"))
      .filter((who) => typeof who === "string")
      .toSorted(),
    [...greeted, ...later].flat().toSorted(),
  );
  const naps = chains.get(own[1] ?? "")?.filter(({ tool_name: tool }) => tool === "nap");
  assert.deepEqual(
    naps?.map(({ phase, result }) => [phase, result]),
    [
      ["intent", "pending"],
      ["outcome", "unknown"],
    ],
  );
  const listed = chains.get("cli")?.filter(({ phase }) => phase === "outcome") ?? [];
  assert.ok(commands.length > 1);
  assert.deepEqual(new Set(commands), new Set([0]));
  assert.equal(listed.length, commands.length);
});
