// Decisions of a real server, explained and decided again by the program as it is typed.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ACTION, END, openIn } from "../audit/trail.ts";
import { callText, connect, folderFor, kubiya, type Ran, recordsIn } from "../support/server.ts";

const SCRIPT = { type: "shell", content: 'echo ran >> "$RAN"; echo done' };
const config = (folder: string, allowed: readonly string[]): object => ({
  state_dir: join(folder, "state"),
  require_auth: true,
  roles: { dev: { permissions: ["tools:list", "tools:execute"], allowed_tools: allowed } },
  whitelisted_tools: [
    {
      ...SCRIPT,
      name: "deploy",
      env: [`RAN=${join(folder, "ran")}`],
      args: [{ name: "to" }, { name: "password" }],
    },
    { ...SCRIPT, name: "other", env: [`RAN=${join(folder, "ran")}`] },
  ],
});

interface Desk {
  readonly folder: string;
  readonly config: (allowed: readonly string[]) => Promise<void>;
  readonly typed: (...words: readonly string[]) => Promise<Ran>;
  readonly replay: (...words: readonly string[]) => Promise<Ran & { readonly told: Told }>;
  /** The id of the decision about a tool. */
  readonly decisionOf: (tool: string) => Promise<string>;
  readonly key: { readonly id: string };
}

interface Told {
  readonly replayed: number;
  readonly differ: readonly Record<"tool" | "recorded" | "now" | "definition", unknown>[];
  readonly not_replayable: readonly { readonly why: string }[];
}

/** A server that a holder of a key has called: an allowed call, one of a tool that is not for its role, and more. */
async function deskFor(
  context: TestContext,
  calls: readonly Readonly<Record<string, string>>[] = [{ to: "staging" }],
): Promise<Desk> {
  const folder = await folderFor(context);
  const file = join(folder, "config.json");
  const write = (allowed: readonly string[]): Promise<void> =>
    writeFile(file, JSON.stringify(config(folder, allowed)));
  await write(["deploy"]);
  const typed: Desk["typed"] = (...words) =>
    kubiya([...words, "--config", file], { env: { HOME: folder } });
  const made = await typed("auth", "key", "create", "--name", "ann", "--role", "dev", "--json");
  const { id, key } = JSON.parse(made.stdout);
  const client = await connect(context, ["--config", file], { HOME: folder, KUBIYA_API_KEY: key });
  for (const call of calls) await callText(client, "deploy", call);
  await assert.rejects(callText(client, "other"), /Unknown tool: other/);
  await client.close();
  return {
    folder,
    config: write,
    typed,
    replay: async (...words) => {
      const ran = await typed("policy", "replay", "--json", ...words);
      return { ...ran, told: JSON.parse(ran.stdout) };
    },
    decisionOf: async (tool) => {
      const records: readonly Record<string, unknown>[] = await recordsIn(join(folder, "state"));
      const found = records.find((record) => record["tool_name"] === tool);
      return JSON.parse(JSON.stringify(found)).decision.id;
    },
    key: { id },
  };
}

test("what policies still decide alike is the same: exit code 0, and nothing runs again", async (context) => {
  const { folder, typed, replay } = await deskFor(context);
  const { code, told, stderr } = await replay();
  assert.equal(code, 0, stderr);
  assert.deepEqual([told.differ, told.not_replayable], [[], []]);
  // Two calls at least; a client may list besides.
  assert.ok(told.replayed >= 2, String(told.replayed));
  assert.equal(await readFile(join(folder, "ran"), "utf8"), "ran\n");
  const plain = await typed("policy", "replay", "--action", "execute_tool");
  assert.match(plain.stdout, /^replayed 2: 2 the same, 0 would differ\n$/);
});

test("what a changed role decides otherwise is printed with both answers, and is exit code 1", async (context) => {
  const { config, replay, typed } = await deskFor(context);
  await config(["other"]);
  const { code, told } = await replay();
  assert.equal(code, 1);
  const denied = { allow: false, codes: ["roles.tool_not_allowed"] };
  const allowed = { allow: true, codes: [] };
  assert.deepEqual(
    told.differ.map(({ tool, recorded, now }) => [tool, recorded, now]),
    [
      ["deploy", allowed, denied],
      ["other", denied, allowed],
    ],
  );
  const plain = await typed("policy", "replay", "--tool", "deploy");
  assert.match(plain.stdout, /ann +deploy .* allowed -> denied \(roles\.tool_not_allowed\)/);
});

test("policies that are named are asked in the place of the present ones", async (context) => {
  const { folder, replay } = await deskFor(context, [{ to: "production" }, { to: "staging" }]);
  const rules = join(folder, "rules");
  await mkdir(rules);
  await writeFile(
    join(rules, "custom.rego"),
    `package custom

decision := {"deny": [reason | some reason in deny]}

deny contains {"code": "frozen", "message": "Not to production."} if input.arguments.to == "production"
`,
  );
  const { code, told } = await replay("--policies", rules);
  assert.equal(code, 1);
  assert.deepEqual(
    told.differ.map(({ tool, now }) => [tool, now]),
    [["deploy", { allow: false, codes: ["organisation.frozen"] }]],
  );
});

test("a record whose parameters were redacted or cut is told as not replayable, never as the same", async (context) => {
  const { replay, typed } = await deskFor(context, [
    { to: "staging", password: "canary-password" },
    { to: "x".repeat(100_000) },
  ]);
  const { code, told, stdout } = await replay("--tool", "deploy");
  assert.deepEqual([code, told.replayed], [0, 0]);
  assert.deepEqual(told.not_replayable.map(({ why }) => why).toSorted(), [
    "a secret was taken out of what is recorded",
    "its parameters were too long, and are recorded in part",
  ]);
  assert.doesNotMatch(stdout, /canary/);
  const plain = await typed("policy", "replay", "--tool", "deploy");
  assert.match(plain.stdout, /not replayable 2:\n {2}1 {2}/);
});

test("a key that was revoked since counts as it was then", async (context) => {
  const { typed, replay, key } = await deskFor(context);
  assert.equal((await typed("auth", "key", "revoke", key.id)).code, 0);
  const { code, told } = await replay();
  assert.deepEqual([code, told.differ, told.not_replayable], [0, [], []]);
});

test("who reads the credentials for it is recorded, and no other record is made", async (context) => {
  const { folder, replay } = await deskFor(context);
  const actions = async (): Promise<readonly string[]> =>
    (await recordsIn(join(folder, "state"))).map(({ action }) => action).toSorted();
  const before = await actions();
  await replay();
  // Its intent and its outcome.
  assert.deepEqual(await actions(), [...before, "keys/read", "keys/read"].toSorted());
});

test("explain says of a decision who, what, why and what to do next", async (context) => {
  const { typed, decisionOf } = await deskFor(context);
  const id = await decisionOf("other");
  const { code, stdout } = await typed("policy", "explain", id);
  assert.equal(code, 0);
  for (const part of [
    new RegExp(`^decision +${id}$`, "m"),
    /^who +ann \(credential [0-9A-Za-z]{16}, roles dev\)$/m,
    /^asked +execute_tool other on local$/m,
    /^decided +denied$/m,
    /^policies +revision [0-9a-f]+, facts sha256:/m,
    /^now +the same \(revision/m,
    /^roles\.tool_not_allowed\n {2}None of the caller's roles names this tool; .*\n {2}next: roles/m,
  ]) {
    assert.match(stdout, part);
  }
});

test("where the present policies say otherwise, explain does not put their sentences into the record's mouth", async (context) => {
  const { config, typed, decisionOf } = await deskFor(context);
  const id = await decisionOf("other");
  await config(["other"]);
  const ran = await typed("policy", "explain", id, "--json");
  assert.equal(ran.code, 0);
  const told = JSON.parse(ran.stdout);
  assert.deepEqual([told.allow, told.codes], [false, ["roles.tool_not_allowed"]]);
  assert.deepEqual([told.reasons[0].message, told.now.allow, told.now.codes], [null, true, []]);
  assert.equal(told.record.tool_name, "other");
  const plain = await typed("policy", "explain", id);
  assert.match(plain.stdout, /its sentence is not recorded/);
  assert.match(plain.stdout, /^now +allowed/m);
});

test("who has a trail and nothing else is told what it says", async (context) => {
  const { folder, decisionOf } = await deskFor(context);
  const id = await decisionOf("other");
  const elsewhere = await folderFor(context);
  const ran = await kubiya(["policy", "explain", id, "--trail", join(folder, "state", "audit")], {
    env: { HOME: elsewhere },
  });
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, /^now +cannot be decided again: its credential is not in this store$/m);
  assert.match(ran.stdout, /roles\.tool_not_allowed/);
});

test("explain is of the call, and not of an end of it that nobody heard", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir);
  const intent = await audit.begin(ACTION);
  assert.ok(intent.ok);
  await intent.value.end(END);
  await intent.value.endUnheard({ ...END, result: "timeout" });
  await audit.close();
  const id = ACTION.decision?.id ?? "";
  const ran = await kubiya(["policy", "explain", id, "--trail", dir], {
    env: { HOME: await folderFor(context) },
  });
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, /^asked +execute_tool kubectl on local$/m);
});

test("an id that no decision has is answered with no", async (context) => {
  const { typed } = await deskFor(context);
  const ran = await typed("policy", "explain", "0197a0b0-0000-7000-8000-000000000001\u001B[31m");
  assert.deepEqual([ran.code, ran.stdout], [1, ""]);
  assert.match(ran.stderr, /no decision of this trail has the id 0197/);
  assert.ok(!ran.stderr.includes("\u001B"));
});
