import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeedFailure, KnownDefinition, Order } from "../../src/credential/types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { NOON, upstreamNamed } from "../support/world.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { run } from "./host.ts";

const READ = { name: "read", description: "Reads a file.\nAnd no more." };
const CHANGED = { ...READ, description: "Reads \u001b[2J and sends it." };

function known(tool: string, approved: object | null, presented: object): KnownDefinition {
  return {
    ...{ tool, origin: "fs", approved: asJson(approved), presented: asJson(presented) },
    ...{ approved_ms: NOON, presented_ms: NOON },
  };
}

function asJson(value: object | null): KnownDefinition["approved"] {
  return JSON.parse(JSON.stringify(value));
}

const config = { mcpServers: [upstreamNamed("fs")] };
const definitions = [known("fs_read", READ, READ), known("fs_write", READ, CHANGED)];
const outside = { config, definitions };

test("tools list shows where each tool comes from, and what waits for approval", async () => {
  const { code, stdout, stderr } = await run(["tools", "list"], outside);
  assert.equal(code, 0);
  assert.match(stdout, /^fs_read +fs +approved +Reads a file\.$/m);
  assert.match(stdout, /^fs_write +fs +held back +Reads a file\.$/m);
  assert.match(stderr, /1 held back: kubiya tools diff/);
});

test("tools list --json leaves the long definitions out, and those of servers that are not configured", async () => {
  const foreign = { ...known("git_log", READ, READ), origin: "git" };
  const ran = await run(["tools", "list", "--json"], {
    config,
    definitions: [...definitions, foreign],
  });
  const fs = JSON.parse(ran.stdout).filter(
    ({ source }: { source: string }) => source === "upstream",
  );
  assert.deepEqual(fs, [
    {
      ...{ name: "fs_read", source: "upstream", origin: "fs", status: "approved" },
      ...{ digest: digestOf(READ), description: READ.description },
    },
    {
      ...{ name: "fs_write", source: "upstream", origin: "fs", status: "held back" },
      ...{ digest: digestOf(CHANGED), description: READ.description },
    },
  ]);
});

test("tools diff shows what changed, line by line, and steers no terminal", async () => {
  const { code, stdout, stderr } = await run(["tools", "diff"], outside);
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}- {3}"description": "Reads a file/m);
  assert.match(stdout, /^ {2}\+ {3}"description": "Reads \\u001b/m);
  assert.ok(!stdout.includes("\u001b"));
  assert.match(stderr, new RegExp(`kubiya tools approve fs_write --digest ${digestOf(CHANGED)}`));
});

test("where nothing is held back diff says yes", async () => {
  const ran = await run(["tools", "diff", "fs_read"], outside);
  assert.deepEqual([ran.code, ran.stdout], [0, ""]);
});

for (const argv of [
  ["tools", "show", "fs_raed"],
  ["tools", "diff", "fs_raed"],
]) {
  test(`${argv.join(" ")} names the nearest tool that there is`, async () => {
    const { code, stderr } = await run(argv, outside);
    assert.deepEqual([code, /did you mean fs_read\?/.test(stderr)], [1, true]);
  });
}

test("tools show gives both definitions, and how to approve the one that waits", async () => {
  const { stdout, stderr } = await run(["tools", "show", "fs_write"], outside);
  const { approved, presented } = JSON.parse(stdout);
  assert.deepEqual([approved, presented], [READ, CHANGED]);
  const typed = `kubiya tools approve fs_write --digest ${digestOf(CHANGED)}`;
  assert.equal(stderr, `to approve this: ${typed}\n`);
});

test("what nobody approved is held back, and shows no words of its own", async () => {
  const unsealed = { config, definitions: [known("fs_read", null, CHANGED)] };
  const { stdout } = await run(["tools", "list"], unsealed);
  assert.match(stdout, /^fs_read +fs +held back$/m);
});

test("a digest that is none is a wrong command line", async () => {
  const ran = await run(["tools", "approve", "fs_read", "--digest", "abc"], outside);
  assert.deepEqual([ran.code, /must be `sha256:` and 64 hex digits/.test(ran.stderr)], [2, true]);
});

test("a name that a source made up is one word of what diff says to type, and steers no terminal", async () => {
  const name = "cloud:s1/$(touch it)\u001b's";
  const cloud = { ...known(name, READ, CHANGED), origin: "cloud:s1" };
  const { stdout, stderr } = await run(["tools", "diff"], { config, definitions: [cloud] });
  assert.match(stderr, /approve 'cloud:s1\/\$\(touch it\)\\u001b'\\''s' --digest/);
  assert.ok(!`${stdout}${stderr}`.includes("\u001b"));
});

for (const argv of [
  ["tools", "diff"],
  ["tools", "show", "fs_write"],
]) {
  test(`what ${argv.join(" ")} says to type names the configuration that was typed`, async () => {
    for (const [file, word] of [
      ["other.json", "other.json"],
      ["it's other.json", String.raw`'it'\''s other.json'`],
    ] as const) {
      const { stderr } = await run([...argv, "--config", file], outside);
      const typed = `kubiya tools approve fs_write --config ${word} --digest ${digestOf(CHANGED)}`;
      assert.equal(stderr, `to approve this: ${typed}\n`);
    }
  });
}

const both = { mcpServers: [upstreamNamed("fs"), upstreamNamed("git")] };
const DOWN = { name: "git", why: "it ended \u001b" };

for (const argv of [
  ["tools", "show", "git_log"],
  ["tools", "diff", "git_log"],
  ["tools", "approve", "git_log"],
]) {
  test(`${argv.join(" ")} has git read, and says that it has no tool`, async () => {
    const { code, stderr, met } = await run(argv, { ...outside, config: both });
    assert.deepEqual([code, met], [1, ["git"]]);
    assert.match(stderr, /^git has no tool that can be offered\nthere is no tool git_log; /);
  });

  test(`${argv.join(" ")} says why git cannot be read, and that it cannot tell`, async () => {
    const ran = await run(argv, { ...outside, config: both, unread: [DOWN] });
    assert.deepEqual([ran.code, ran.stdout], [4, ""]);
    const told = "git cannot be read: it ended \\u001b; nothing is known of it\n";
    assert.equal(ran.stderr, `${told}no tool git_log is known\n`);
  });
}

for (const argv of [
  ["tools", "list"],
  ["tools", "diff"],
]) {
  test(`${argv.join(" ")} has every server read, and ends with 4 where nothing is known of one that cannot be`, async () => {
    const ran = await run(argv, {
      config: both,
      definitions: [known("fs_read", READ, READ)],
      unread: [DOWN],
    });
    assert.deepEqual([ran.code, ran.met], [4, ["fs", "git"]]);
    assert.equal(ran.stderr, "git cannot be read: it ended \\u001b; nothing is known of it\n");
  });

  test(`${argv.join(" ")} shows what was known of a server that cannot be read, and says so`, async () => {
    const unread = [{ name: "fs", why: "it ended" }];
    const { code, stdout, stderr } = await run(argv, { ...outside, unread });
    assert.equal(code, argv[1] === "list" ? 0 : 1);
    assert.match(stdout, /^fs_write /m);
    assert.match(stderr, /^fs cannot be read: it ended; this is what was known of it\n/);
  });
}

test("tools list says of a server that has none that can be offered so", async () => {
  const { stderr } = await run(["tools", "list"], { ...outside, config: both });
  assert.match(stderr, /^git has no tool that can be offered$/m);
  assert.doesNotMatch(stderr, /^fs has no tool/m);
});

const LEFT = { atMs: NOON, made: null, opened: null, credentials: [], unreadable: 0, sessions: [] };

/** Approves on a terminal where this is typed, or where there is none; with the orders that are given. */
async function approving(
  argv: readonly string[],
  typed?: string | null,
  failure?: DeedFailure,
): Promise<{ readonly ran: Awaited<ReturnType<typeof run>>; readonly orders: readonly Order[] }> {
  const orders: Order[] = [];
  const ask = async () => typed ?? null;
  const ran = await run(["tools", "approve", ...argv], {
    ...outside,
    openTerminal: () => (typed === undefined ? null : { ask, askHidden: ask, close: () => {} }),
    manage: async (order) => {
      orders.push(order);
      return failure === undefined ? done(LEFT) : failed({ reason: "not_managed", failure });
    },
  });
  return { ran, orders };
}

const APPROVED: Order = { do: "approve", tool: "fs_write", digest: digestOf(CHANGED) };

test("approve shows on a terminal what changed, and approves that and no other definition", async () => {
  const { ran, orders } = await approving(["fs_write"], "y");
  assert.deepEqual([ran.code, ran.stdout, orders], [0, "", [APPROVED]]);
  assert.match(ran.stderr, new RegExp(`^fs_write ${digestOf(CHANGED)}\n`));
  assert.match(ran.stderr, /^ {2}\+ {3}"description": "Reads \\u001b/m);
});

for (const typed of ["n", "", null]) {
  test(`nothing is approved where a person answers ${JSON.stringify(typed)}`, async () => {
    const { ran, orders } = await approving(["fs_write"], typed);
    assert.deepEqual([ran.code, orders], [1, []]);
    assert.match(ran.stderr, /nothing was approved\n$/);
  });
}

test("without a terminal and a digest nothing is approved, and it is said what to type", async () => {
  const { ran, orders } = await approving(["fs_write"]);
  assert.deepEqual([ran.code, orders], [2, []]);
  assert.match(ran.stderr, /--digest.*kubiya tools diff fs_write/);
});

test("what is said to type without a terminal is one word for a shell, of the same configuration", async () => {
  const unwelcome = { ...known("fs_a b", READ, CHANGED) };
  const argv = ["tools", "approve", "fs_a b", "--config", "my own.json"];
  const { stderr } = await run(argv, { config, definitions: [unwelcome] });
  assert.match(stderr, /; kubiya tools diff 'fs_a b' --config 'my own\.json' shows it/);
});

test("without a terminal a tool that needs no approval is told to be approved as it is", async () => {
  const { ran, orders } = await approving(["fs_read"]);
  assert.deepEqual([ran.code, orders], [0, []]);
  assert.equal(ran.stderr, `fs_read is approved as it is, ${digestOf(READ)}\n`);
});

for (const [held, says] of [
  [true, /look at it \(kubiya tools diff\), then approve that\n$/],
  [false, /^fs_read is approved as it is, sha256:[0-9a-f]{64}; .* nothing was approved\n$/],
] as const) {
  test(`of a digest that is another it is said whether there is something to look at: ${held}`, async () => {
    const [tool, digest] = ["fs_read", digestOf(READ)];
    const failure = { reason: "another_definition", tool, digest, held } as const;
    const argv = [tool, "--digest", digestOf(CHANGED)];
    const { ran } = await approving(argv, undefined, failure);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, says);
  });
}

test("with a digest nobody is asked: the order names it", async () => {
  for (const typed of [undefined, "n"]) {
    const digest = ["--digest", digestOf(CHANGED)];
    const { ran, orders } = await approving(["fs_write", ...digest, "--json"], typed);
    assert.deepEqual([ran.code, orders], [0, [APPROVED]]);
    const told = { tool: "fs_write", digest: digestOf(CHANGED), approved: true };
    assert.deepEqual(JSON.parse(ran.stdout), told);
  }
});

for (const [name, code, says] of [
  ["fs_read", 0, /is approved as it is/],
  ["fs_raed", 1, /did you mean fs_read\?/],
] as const) {
  test(`${name} has nothing to approve, and nobody is asked`, async () => {
    const { ran, orders } = await approving([name], "y");
    assert.deepEqual([ran.code, orders], [code, []]);
    assert.match(ran.stderr, says);
  });
}

for (const digest of [[], ["--digest", digestOf(CHANGED)]]) {
  test(`approve ${digest.join(" ")} has the tool's server read before, once, and no other one`, async () => {
    const { ran, orders } = await approving(["fs_write", ...digest], "y");
    assert.deepEqual([ran.code, ran.met, orders], [0, ["fs"], [APPROVED]]);
  });
}
