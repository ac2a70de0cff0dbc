import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { openTrail } from "../../src/audit/read-trail.ts";
import { CIRCUMSTANCES, CONFIG, NOON } from "../support/world.ts";
import { folderFor } from "../support/server.ts";
import { ACTION, END, openIn } from "../audit/trail.ts";
import { type Ran, run } from "./host.ts";

const HOUR_MS = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();

interface Home {
  readonly dir: string;
  readonly file: string;
  readonly query: (...args: readonly string[]) => Promise<Ran>;
  /** What `--json` gives: each record's action, tool and result. */
  readonly found: (...args: readonly string[]) => Promise<readonly string[]>;
}

/** Two chains: one of a server, with a call under way; one of the commands, an hour older in part. */
async function homeFor(context: TestContext): Promise<Home> {
  const dir = join(await folderFor(context), "trail");
  let now = NOON;
  const clock = (): number => now;
  const cli = await openIn(dir, { chain: "cli", clock });
  const server = await openIn(dir, { clock });
  const { caller } = CIRCUMSTANCES;
  const credential = { ...caller.credential, id: "4f" };
  const circumstances = { ...CIRCUMSTANCES, caller: { ...caller, credential } };
  const named = (toolName: string): typeof ACTION => ({ ...ACTION, circumstances, toolName });
  await cli.note(named("first"), END);
  now += 1;
  const intent = await server.begin(named("second"));
  assert.ok(intent.ok);
  now += HOUR_MS;
  await cli.note(named("third"), { ...END, result: "denied", errorCode: "some.code" });
  now += 1;
  await intent.value.end({ ...END, result: "failure" });
  now += 1;
  await server.event({ event: "policy_reload", result: "success", facts: {} });
  now += 1;
  await server.begin(named("open"));
  await cli.close();
  context.after(() => server.close());
  const query = (...args: readonly string[]): Promise<Ran> =>
    run(["audit", "query", ...args], {
      config: { audit: { ...CONFIG.audit, dir } },
      openTrail,
      clock,
    });
  const found = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await query(...args, "--json")).stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
      .map(({ action, tool_name: tool, result }) => `${tool ?? action} ${result}`);
  return { dir, file: join(dir, "cli", "000001.jsonl"), query, found };
}

const FIRST = "first success";
const SECOND = "second failure";
const THIRD = "third denied";
const RELOAD = "policy_reload success";
const OPEN = "open pending";

test("an end that nobody heard is found with the call that it belongs to, and by itself", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir, { clock: () => NOON });
  const intent = await audit.begin(ACTION);
  assert.ok(intent.ok);
  await intent.value.end({ ...END, errorCode: "input_required" });
  await intent.value.endUnheard({ ...END, result: "timeout", errorCode: "timed_out" });
  await audit.close();
  const found = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await run(["audit", "query", dir, ...args, "--json"], { openTrail })).stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
      .map(({ action, tool_name: tool, result }) => `${action} ${tool} ${result}`);
  const both = ["execute_tool kubectl success", "unheard_end kubectl timeout"];
  assert.deepEqual(await found("--tool", "kubectl"), both);
  assert.deepEqual(await found("--decision", ACTION.decision?.id ?? ""), both);
  assert.deepEqual(await found("--action", "unheard_end"), both.slice(1));
});

test("outcomes, events and open intents of all chains come in order of time", async (context) => {
  const { found } = await homeFor(context);
  assert.deepEqual(await found(), [FIRST, THIRD, SECOND, RELOAD, OPEN]);
});

test("--all shows the intents that ended too, and what the trail says of itself", async (context) => {
  const { found } = await homeFor(context);
  assert.deepEqual(await found("--all"), [
    FIRST,
    "second pending",
    THIRD,
    SECOND,
    RELOAD,
    OPEN,
    "checkpoint success",
  ]);
});

const CHOICES: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    ["--since", "30m"],
    [THIRD, SECOND, RELOAD, OPEN],
  ],
  [
    ["--since", at(NOON + HOUR_MS + 2)],
    [SECOND, RELOAD, OPEN],
  ],
  [
    ["--until", at(NOON + HOUR_MS + 2)],
    [FIRST, THIRD],
  ],
  [["--since", at(NOON).slice(0, 10), "--until", "30m"], [FIRST]],
  [
    ["--tool", "first", "--tool", "third"],
    [FIRST, THIRD],
  ],
  [["--tool", "first", "--result", "denied"], []],
  [["--result", "pending"], [OPEN]],
  [["--action", "policy_reload"], [RELOAD]],
  [["--action", "checkpoint"], ["checkpoint success"]],
  [["--code", "some.code"], [THIRD]],
  [["--user", "nobody"], []],
  [
    ["--limit", "2"],
    [FIRST, THIRD],
  ],
];

for (const [args, expected] of CHOICES) {
  test(`query ${args.join(" ").replace(/\S*T\S*Z/g, "TIME")} finds ${expected.length}`, async (context) => {
    const { found } = await homeFor(context);
    assert.deepEqual(await found(...args), expected);
  });
}

test("each field that is chosen by is that of the record", async (context) => {
  const { query, found } = await homeFor(context);
  const record = JSON.parse((await query("--tool", "first", "--json")).stdout);
  for (const [option, value] of [
    ["--user", record.user_id],
    ["--credential", record.credential_id],
    ["--decision", record.decision.id],
    ["--action", "execute_tool"],
  ]) {
    assert.ok(typeof value === "string", option);
    assert.deepEqual(await found("--tool", "first", option, value), [FIRST], option);
    assert.deepEqual(await found("--tool", "first", option, `${value}x`), [], option);
  }
});

test("--json gives the exact line, and PATH needs no configuration", async (context) => {
  const { query, file } = await homeFor(context);
  const [line] = (await readFile(file, "utf8")).split("\n");
  const { stdout, flags, code } = await query(file, "--tool", "first", "--json");
  assert.deepEqual([stdout, flags, code], [`${line}\n`, [], 0]);
});

test("nothing found is an answer too: exit 0, and stderr says so", async (context) => {
  const { query } = await homeFor(context);
  const { code, stdout, stderr } = await query("--user", "nobody");
  assert.deepEqual([code, stdout, stderr], [0, "", "no record matches\n"]);
});

test("a forged line can steer no terminal", async (context) => {
  const { query, file } = await homeFor(context);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace('"tool_name":"first"', '"tool_name":"a\u009b2J\u202eb"'));
  const { stdout } = await query();
  assert.ok(stdout.includes(String.raw`a\u009b2J\u202eb`), stdout);
  assert.doesNotMatch(stdout, /[\u009b\u202e]/);
});

test("a line that is no record is named and left out, and the rest is shown: exit 4", async (context) => {
  const { query, file } = await homeFor(context);
  const [first = "", ...rest] = (await readFile(file, "utf8")).split("\n");
  await writeFile(file, [first, "no record", ...rest].join("\n"));
  const { code, stdout, stderr } = await query("--tool", "third");
  assert.deepEqual([code, stderr], [4, `${file}:2 is no record: not JSON\n`]);
  assert.match(stdout, /third/);
});

test("many such lines are named up to a number, then counted", async (context) => {
  const { query, file } = await homeFor(context);
  await writeFile(file, "x\n".repeat(30));
  const { code, stderr } = await query(file);
  assert.equal(code, 4);
  assert.match(stderr, /:20 is no record: not JSON\nno record matches\nand 10 more\n/);
});

test("a line that is longer than any record ends its file, not the others", async (context) => {
  const { query, file, found } = await homeFor(context);
  await writeFile(file, "x".repeat(400_000));
  assert.match((await query()).stderr, /000001\.jsonl:1 is no record: longer than any record/);
  assert.deepEqual(await found(), [SECOND, RELOAD, OPEN]);
});

test("a last line that is not whole may be on its way: it is named, and the answer stands", async (context) => {
  const { query, file } = await homeFor(context);
  await appendFile(file, '{"v":1');
  const { code, stderr } = await query();
  assert.equal(code, 0);
  assert.match(stderr, /000001\.jsonl:4 is no record: cut off\n/);
});

for (const command of ["query", "tail", "stats"]) {
  test(`${command} of what is not there: exit 4`, async () => {
    const { code, stdout, stderr } = await run(["audit", command, "nowhere"], { openTrail });
    assert.deepEqual([code, stdout], [4, ""]);
    assert.match(stderr, /^cannot read the audit trail: ENOENT[^\n]+\n$/);
  });
}

test("a pipe is refused, for it cannot be read again: exit 4", async () => {
  const { code, stdout, stderr } = await run(["audit", "query", "/dev/null"], { openTrail });
  assert.deepEqual([code, stdout, stderr], [4, "", "/dev/null is neither a file nor a folder\n"]);
});

for (const args of [
  ["--since", "yesterday"],
  ["--since", "2026-02-31"],
  ["--until", "2026-11-23T12:00"],
  ["--limit", "0"],
  ["--result", "sucess"],
]) {
  test(`query ${args.join(" ")} is a wrong command line`, async () => {
    assert.equal((await run(["audit", "query", ...args])).code, 2);
  });
}

test("who no longer reads ends the search", async (context) => {
  const { dir, file } = await homeFor(context);
  const [line] = (await readFile(file, "utf8")).split("\n");
  await writeFile(file, `${line}\n`.repeat(1_000));
  let parts = 0;
  const { code } = await run(["audit", "query", dir, "--json"], {
    openTrail,
    onPour: () => {
      parts += 1;
      return false;
    },
  });
  assert.deepEqual([code, parts], [0, 1]);
});

test("a trail of any size is read in the same memory", async (context) => {
  const { file } = await homeFor(context);
  const [line = ""] = (await readFile(file, "utf8")).split("\n");
  const many = `${line}\n`.repeat(1_000);
  const large = await open(file, "w");
  for (let bytes = 0; bytes < 80_000_000; bytes += many.length) await large.write(many);
  await large.close();
  for (const args of [["query", "--user", "nobody"], ["stats"], ["tail", "--lines", "3"]]) {
    await promisify(execFile)(process.execPath, [
      // The program by itself takes half of that.
      ...["--max-old-space-size=64", "src/main.ts", "audit", ...args, file],
    ]);
  }
});
