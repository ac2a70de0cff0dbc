import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createRunProgram } from "../../src/subprocess/run.ts";
import type { Command } from "../../src/subprocess/types.ts";
import { folderFor } from "../support/server.ts";

const run = createRunProgram({ graceMs: 200 });
const quiet = () => ({ signal: new AbortController().signal, onLine: () => {} });

function shell(script: string, extra: Partial<Command> = {}): Command {
  return {
    program: "sh",
    args: ["-c", script],
    env: { PATH: "/usr/bin:/bin" },
    cwd: "/",
    stdin: "",
    timeoutMs: 10_000,
    maxOutputBytes: 1_000,
    ...extra,
  };
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a program gives its output, its exit code, and nothing of the server's environment", async () => {
  const ran = await run(
    shell("env; echo oops >&2; exit 7", { env: { PATH: "/usr/bin:/bin", ONLY: "this" } }),
    quiet(),
  );
  assert.ok(ran.ok);
  assert.equal(ran.value.exitCode, 7);
  assert.equal(ran.value.stderr, "oops\n");
  const names = ran.value.stdout
    .trim()
    .split("\n")
    .map((line) => line.split("=")[0]);
  assert.deepEqual(
    names.filter((name) => !["PATH", "ONLY", "PWD", "_", "SHLVL", "OLDPWD"].includes(name ?? "")),
    [],
  );
});

test("standard input is written and closed, and a program that does not read it is no fault", async () => {
  const read = await run(shell("cat", { stdin: "hello" }), quiet());
  assert.equal(read.ok && read.value.stdout, "hello");
  const unread = await run(shell("exit 0", { stdin: "x".repeat(1_000_000) }), quiet());
  assert.equal(unread.ok && unread.value.exitCode, 0);
});

test("output is cut at the limit between characters, and the whole is counted", async () => {
  const ran = await run(
    shell("printf 'aé€'; printf '%0.sx' $(seq 100)", { maxOutputBytes: 4 }),
    quiet(),
  );
  assert.ok(ran.ok);
  assert.deepEqual(
    [ran.value.stdout, ran.value.stdoutBytes, ran.value.truncated],
    ["aé", 106, true],
  );
});

test("lines come as they are written", async () => {
  const lines: string[] = [];
  await run(shell("echo one; echo two >&2; printf three"), {
    ...quiet(),
    onLine: (line) => lines.push(line),
  });
  assert.deepEqual(lines.toSorted(), ["one", "three", "two"]);
});

test("a program that is not there, or cannot be started, says so", async () => {
  const missing = await run({ ...shell(""), program: "no-such-program-here" }, quiet());
  assert.deepEqual(missing, {
    ok: false,
    failure: { reason: "not_found", program: "no-such-program-here" },
  });
  const folder = await run({ ...shell(""), program: "/tmp" }, quiet());
  assert.equal(!folder.ok && folder.failure.reason, "not_startable");
});

test("a program that ignores SIGTERM is gone after its time limit, with what it started", async (context) => {
  const folder = await folderFor(context);
  const file = join(folder, "pids");
  const script = `trap '' TERM; (trap '' TERM; echo $$ >> ${file}; sleep 60) & echo $! >> ${file}; sleep 60; sleep 60`;
  const ran = await run(shell(script, { timeoutMs: 300 }), quiet());
  assert.equal(!ran.ok && ran.failure.reason, "timed_out");
  const pids = (await readFile(file, "utf8")).trim().split("\n").map(Number);
  assert.deepEqual(pids.filter(alive), []);
});

test("a grandchild that holds the pipes open does not hold up the answer, and is gone", async (context) => {
  const file = join(await folderFor(context), "pid");
  const started = performance.now();
  const ran = await run(shell(`sleep 60 & echo $! > ${file}; echo done`), quiet());
  assert.equal(ran.ok && ran.value.stdout, "done\n");
  assert.ok(performance.now() - started < 5_000);
  assert.equal(alive(Number(await readFile(file, "utf8"))), false);
});

test("a cancelled program is gone, and one that was cancelled before never starts", async (context) => {
  const file = join(await folderFor(context), "pid");
  const abort = new AbortController();
  const running = run(shell(`echo $$ > ${file}; echo go; sleep 60`), {
    signal: abort.signal,
    onLine: () => abort.abort(),
  });
  const cancelled = await running;
  assert.equal(!cancelled.ok && cancelled.failure.reason, "cancelled");
  assert.equal(alive(Number(await readFile(file, "utf8"))), false);
  const never = await run(shell(`echo no > ${file}.never`), {
    signal: abort.signal,
    onLine: () => {},
  });
  assert.equal(!never.ok && never.failure.reason, "cancelled");
  await assert.rejects(readFile(`${file}.never`));
});

test("output without end is ended", async () => {
  const ran = await run(shell("yes"), quiet());
  assert.equal(!ran.ok && ran.failure.reason, "output_without_end");
});
