import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { findProgram } from "../../src/subprocess/find-program.ts";
import { createStartTalk } from "../../src/subprocess/talk.ts";
import type { Hearing, Talk } from "../../src/subprocess/types.ts";
import { runs } from "../support/processes.ts";

const startTalk = createStartTalk({ hangUpMs: 100, graceMs: 200 });

/** A talk with a shell, and what is heard of it. */
interface Heard {
  readonly talk: Talk;
  readonly lines: string[];
  readonly errors: string[];
  /** Settles with the next line. */
  readonly next: () => Promise<string>;
}

async function talkWith(
  context: TestContext,
  script: string,
  bounds: Partial<Hearing> = {},
): Promise<Heard> {
  const lines: string[] = [];
  const errors: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  const unread: string[] = [];
  const program = { program: "sh", args: ["-c", script], env: { PATH: "/usr/bin:/bin" }, cwd: "/" };
  const started = await startTalk(program, {
    onLine: (line) => {
      lines.push(line);
      const tell = waiting.shift();
      if (tell === undefined) unread.push(line);
      else tell(line);
    },
    onErrorLine: (line) => errors.push(line),
    maxLineBytes: 1_000,
    maxWaitingBytes: 1_000_000,
    ...bounds,
  });
  assert.ok(started.ok);
  context.after(() => started.value.close());
  const next = async (): Promise<string> =>
    unread.shift() ?? new Promise((resolve) => waiting.push(resolve));
  return { talk: started.value, lines, errors, next };
}

test("what is said is read, and each line of the answer is heard whole", async (context) => {
  const { talk, next } = await talkWith(context, 'while read -r line; do echo "<$line>"; done');
  for (const line of ["one", "", "é€".repeat(100)]) {
    const answer = next();
    assert.equal(talk.say(line), true);
    assert.equal(await answer, `<${line}>`);
  }
  assert.deepEqual(await talk.close(), { reason: "closed", exitCode: 0 });
  assert.equal(talk.say("more"), false);
});

test("a program that ends is heard to its last line, with its exit code and its errors", async (context) => {
  const { talk, lines, errors } = await talkWith(context, "echo last; echo why >&2; exit 7");
  assert.deepEqual(await talk.ended, { reason: "exited", exitCode: 7 });
  assert.deepEqual([lines, errors], [["last"], ["why"]]);
});

test("a line without end ends the program, and nothing of it is heard", async (context) => {
  const { talk, lines } = await talkWith(context, "echo short; yes | tr -d '\\n'");
  assert.equal((await talk.ended).reason, "line_too_long");
  assert.deepEqual(lines, ["short"]);
});

test("more than may wait for a program that does not read is not taken", async (context) => {
  const { talk } = await talkWith(context, "exec sleep 60", { maxWaitingBytes: 200_000 });
  const line = "x".repeat(50_000);
  const taken = Array.from({ length: 20 }, () => talk.say(line));
  assert.ok(taken.includes(true) && taken.includes(false), String(taken));
});

test("a program that ignores the end of its input and SIGTERM is killed with its children", async (context) => {
  const { talk, next } = await talkWith(
    context,
    "trap '' TERM; sleep 60 & echo $!; echo $$; while :; do sleep 60; done",
  );
  const pids = [await next(), await next()].map(Number);
  assert.deepEqual(pids.map(runs), [true, true]);
  assert.deepEqual(await talk.close(), { reason: "closed", exitCode: 137 });
  assert.deepEqual(pids.map(runs), [false, false]);
});

test("what a program leaves running when it ends goes with it", async (context) => {
  const { talk, lines } = await talkWith(context, "sleep 60 & echo $!; exit 0");
  assert.deepEqual(await talk.ended, { reason: "exited", exitCode: 0 });
  assert.equal(runs(Number(lines[0])), false);
});

test("a program that is not there is told apart from one that may not run", async () => {
  const hearing = { onLine: () => {}, onErrorLine: () => {}, maxLineBytes: 1, maxWaitingBytes: 1 };
  const start = (program: string) => startTalk({ program, args: [], env: {}, cwd: "/" }, hearing);
  assert.deepEqual(await start("/nowhere/at/all"), {
    ok: false,
    failure: { reason: "not_found", program: "/nowhere/at/all" },
  });
  const folder = await start("/");
  assert.equal(!folder.ok && folder.failure.reason, "not_startable");
});

test("a program is looked up on a PATH, or relative to a folder", async () => {
  const find = (program: string, path: string, cwd = "/") => findProgram(program, { path, cwd });
  assert.equal(await find("sh", "/nowhere:/bin"), "/bin/sh");
  assert.equal(await find("./sh", "", "/bin"), "/bin/sh");
  assert.equal(await find("sh", ""), null);
  assert.equal(await find("bin", "/"), null);
});
