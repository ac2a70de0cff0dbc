// The brake, on several servers of one store at once, while each of them is busy.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { GREET, listen } from "../support/http.ts";
import { type Postgres, query, startPostgres, whyNoPostgres } from "../support/postgres.ts";
import {
  callText,
  configIn,
  connect,
  folderFor,
  kubiya,
  recordsIn,
  until,
} from "../support/server.ts";

const skip = whyNoPostgres();
let postgres: Postgres | null = null;

before(async () => {
  if (skip === false) postgres = await startPostgres();
});
after(() => postgres?.remove());

/** A call: when it was sent, and whether it ran. */
interface Sent {
  readonly atMs: number;
  readonly ran: boolean;
  readonly text: string;
}

/** A client that calls without a pause. */
interface Storm {
  readonly sent: readonly Sent[];
  readonly end: () => Promise<void>;
}

function storm(context: TestContext, client: Client): Storm {
  const sent: Sent[] = [];
  let over = false;
  const calling = (async () => {
    while (!over) {
      const atMs = performance.now();
      const { text, isError } = await callText(client, "greet", { who: "ada" });
      sent.push({ atMs, ran: !isError, text });
    }
  })();
  const end = async (): Promise<void> => {
    over = true;
    await calling;
  };
  context.after(end);
  return { sent, end };
}

async function connectHttp(context: TestContext, url: string): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  context.after(() => client.close());
  return client;
}

/** Freezes and unfreezes under these clients; from `withinMs` after each command on, each must obey. */
async function brake(
  context: TestContext,
  { config, clients, withinMs }: { config: string; clients: readonly Client[]; withinMs: number },
): Promise<void> {
  const storms = clients.map((client) => storm(context, client));
  const since = async (ms: number): Promise<readonly Sent[]> => {
    const late = (one: Storm): readonly Sent[] => one.sent.filter(({ atMs }) => atMs > ms);
    await until(() => storms.every((one) => late(one).length >= 3));
    return storms.flatMap(late);
  };
  assert.ok((await since(0)).every(({ ran }) => ran));
  const frozen = await kubiya(["access", "freeze", "--reason", "a stolen key", "--config", config]);
  assert.equal(frozen.code, 0, frozen.stderr);
  for (const { ran, text } of await since(performance.now() + withinMs)) {
    assert.equal(ran, false);
    assert.match(text, /^Insufficient permissions: Access is frozen: a stolen key /);
  }
  for (const client of clients) {
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name, _meta: meta }) => [name, meta?.["kubiya.ai/access"]]),
      [["greet", "no_permission"]],
    );
  }
  const lifted = await kubiya(["access", "unfreeze", "--config", config]);
  assert.equal(lifted.code, 0, lifted.stderr);
  assert.ok((await since(performance.now() + withinMs)).every(({ ran }) => ran));
  await Promise.all(storms.map(({ end }) => end()));
}

test("two servers on stdio and one over HTTP on one folder obey a freeze from the next request on", async (context) => {
  const folder = await folderFor(context);
  const server = await listen(context, folder);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const clients = [
    await connect(context, ["--config", config]),
    await connect(context, ["--config", config]),
    await connectHttp(context, server.url),
  ];
  await brake(context, { config, clients, withinMs: 0 });
  const denied = (await recordsIn(join(folder, "state"))).filter(
    ({ error_code: code }) => code === "access.frozen",
  );
  assert.ok(denied.every(({ action, result }) => action === "execute_tool" && result === "denied"));
  assert.ok(denied.length >= 9);
});

async function replicas(
  context: TestContext,
): Promise<{ config: string; clients: readonly Client[]; database: string }> {
  assert.ok(postgres !== null);
  const database = await postgres.database();
  const clients: Client[] = [];
  let config = "";
  for (const name of ["one", "two"]) {
    const folder = join(await folderFor(context), name);
    await mkdir(folder);
    const store = { whitelisted_tools: [GREET], store: { postgres: database } };
    config = await configIn(folder, store);
    clients.push(await connect(context, ["--config", config]));
  }
  return { config, clients, database };
}

test("replicas on one PostgreSQL obey a freeze within a second", { skip }, async (context) => {
  await brake(context, { ...(await replicas(context)), withinMs: 1000 });
});

test(
  "a replica that hears of nothing obeys within five seconds, and one without its store stops",
  { skip },
  async (context) => {
    const { clients, database } = await replicas(context);
    const [client] = clients;
    assert.ok(client !== undefined && postgres !== null);
    const refused = async (): Promise<boolean> =>
      (await callText(client, "greet", { who: "ada" })).isError;
    assert.equal(await refused(), false);
    // As whoever writes past the program does: nothing is announced.
    await query(database, "UPDATE kubiya_freeze SET reason = 'quiet', since_ms = 1");
    await query(database, "UPDATE kubiya_counter SET value = value + 1 WHERE name = 'epoch'");
    await until(refused, 5000);
    await query(database, "UPDATE kubiya_freeze SET reason = NULL, since_ms = NULL");
    await query(database, "UPDATE kubiya_counter SET value = value + 1 WHERE name = 'epoch'");
    await until(async () => !(await refused()), 5000);
    await postgres.stop();
    const stopped = (): Promise<boolean> =>
      callText(client, "greet", { who: "ada" }).then(
        () => false,
        (error) =>
          /Not available: Nobody can tell now whether access is frozen/.test(String(error)),
      );
    await until(stopped, 8000);
  },
);
