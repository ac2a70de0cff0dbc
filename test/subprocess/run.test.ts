import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createRunProgram } from "../../src/subprocess/run.ts";
import { type Command, MAX_LINE } from "../../src/subprocess/types.ts";
import { runs } from "../support/processes.ts";
import { folderFor, until } from "../support/server.ts";

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

test("the group is told while it runs, and the run is over when that was noted", async () => {
  const noted: unknown[] = [];
  const onStarted = async (group: number): Promise<void> => {
    noted.push(group, runs(group));
    await until(() => !runs(group));
    noted.push("ended");
  };
  const ran = await run(shell("sleep 0.3; echo $$"), { ...quiet(), onStarted });
  assert.ok(ran.ok);
  assert.deepEqual(noted, [Number(ran.value.stdout), true, "ended"]);
});

test("lines come as they are written", async () => {
  const lines: string[] = [];
  await run(shell("echo one; echo two >&2; printf three"), {
    ...quiet(),
    onLine: (line) => lines.push(line),
  });
  assert.deepEqual(lines.toSorted(), ["one", "three", "two"]);
});

test("a line without end is given up to its limit, and the next one whole", async () => {
  const lines: string[] = [];
  await run(shell("head -c 100000 /dev/zero | tr '\\0' x; echo; echo next"), {
    ...quiet(),
    onLine: (line) => lines.push(line),
  });
  assert.deepEqual(lines, ["x".repeat(MAX_LINE), "next"]);
});

test("of stdout the beginning is kept, of stderr the end", async () => {
  const ran = await run(shell("seq 1000; seq 1000 >&2", { maxOutputBytes: 10 }), quiet());
  assert.ok(ran.ok);
  assert.deepEqual([ran.value.stdout, ran.value.stderr], ["1\n2\n3\n4\n5\n", "\n999\n1000\n"]);
});

test("a program is looked up on the PATH that it is given, not on the server's", async (context) => {
  const folder = await folderFor(context);
  await writeFile(join(folder, "ls"), "#!/bin/sh\necho mine\n", { mode: 0o700 });
  const ran = await run({ ...shell(""), program: "ls", args: [], env: { PATH: folder } }, quiet());
  assert.equal(ran.ok && ran.value.stdout, "mine\n");
  const absent = await run({ ...shell(""), program: "cat", env: { PATH: folder } }, quiet());
  assert.deepEqual(absent, { ok: false, failure: { reason: "not_found", program: "cat" } });
});

test("a signal that ended a program is its exit code, as a shell tells it", async () => {
  const ran = await run(shell("kill -KILL $$"), quiet());
  assert.equal(ran.ok && ran.value.exitCode, 137);
});

test("a program that is not there says so", async () => {
  const missing = await run({ ...shell(""), program: "no-such-program-here" }, quiet());
  assert.deepEqual(missing, {
    ok: false,
    failure: { reason: "not_found", program: "no-such-program-here" },
  });
});

test("a program that cannot be started says why", async (context) => {
  const file = join(await folderFor(context), "plain");
  await writeFile(file, "");
  await chmod(file, 0o600);
  const commands = [
    [{ program: file }, /EACCES/],
    [{ program: "/tmp" }, /EACCES/],
    [{ args: ["x".repeat(3_000_000)] }, /longer than the system takes/],
    [{ args: ["a\0b"] }, /NUL/],
    [{ env: { PATH: "/bin", A: "a\0b" } }, /NUL/],
  ] as const;
  for (const [extra, detail] of commands) {
    const ran = await run(shell("", extra), quiet());
    assert.ok(!ran.ok && ran.failure.reason === "not_startable");
    assert.match(ran.failure.detail, detail);
  }
});

test("a program that ignores SIGTERM is gone after its time limit, with what it started", async (context) => {
  const folder = await folderFor(context);
  const file = join(folder, "pids");
  const script = `trap '' TERM; (trap '' TERM; echo $$ >> ${file}; sleep 60) & echo $! >> ${file}; sleep 60; sleep 60`;
  const ran = await run(shell(script, { timeoutMs: 300 }), quiet());
  assert.equal(!ran.ok && ran.failure.reason, "timed_out");
  const pids = (await readFile(file, "utf8")).trim().split("\n").map(Number);
  assert.deepEqual(pids.filter(runs), []);
});

test("a grandchild that holds the pipes open does not hold up the answer, and is gone", async (context) => {
  const file = join(await folderFor(context), "pid");
  const started = performance.now();
  const ran = await run(shell(`sleep 60 & echo $! > ${file}; echo done`), quiet());
  assert.equal(ran.ok && ran.value.stdout, "done\n");
  assert.ok(performance.now() - started < 5_000);
  assert.equal(runs(Number(await readFile(file, "utf8"))), false);
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
  assert.equal(runs(Number(await readFile(file, "utf8"))), false);
  const never = await run(shell(`echo no > ${file}.never`), {
    signal: abort.signal,
    onLine: () => {},
  });
  assert.equal(!never.ok && never.failure.reason, "cancelled");
  await assert.rejects(readFile(`${file}.never`));
});

test("a program that heeds SIGTERM is not made to wait for the grace", async () => {
  const patient = createRunProgram({ graceMs: 30_000 });
  const started = performance.now();
  const ran = await patient(shell("exec sleep 60", { timeoutMs: 50 }), quiet());
  assert.equal(!ran.ok && ran.failure.reason, "timed_out");
  assert.ok(performance.now() - started < 10_000);
});

test("a program that is asked to end may say a last word", async () => {
  const script = "trap 'echo bye >&2; exit 0' TERM; echo go; while :; do sleep 0.01; done";
  const abort = new AbortController();
  const ran = await run(shell(script), { signal: abort.signal, onLine: () => abort.abort() });
  assert.ok(!ran.ok && ran.failure.reason === "cancelled");
  assert.match(ran.failure.stderr, /^bye$/m);
});

test("a call that is cancelled while its program starts ends it", async (context) => {
  const file = join(await folderFor(context), "pid");
  const abort = new AbortController();
  const running = run(shell(`echo $$ > ${file}; sleep 60`), { ...quiet(), signal: abort.signal });
  abort.abort();
  const ran = await running;
  assert.equal(!ran.ok && ran.failure.reason, "cancelled");
  const pid = Number(await readFile(file, "utf8").catch(() => "0"));
  assert.equal(pid !== 0 && runs(pid), false);
});

test("a process that left its group holds nothing up", async (context) => {
  const file = join(await folderFor(context), "pid");
  const script = `setsid sh -c 'echo $$ > ${file}; exec sleep 60' & until [ -s ${file} ]; do sleep 0.01; done; echo done`;
  const ran = await run(shell(script), quiet());
  assert.equal(ran.ok && ran.value.stdout, "done\n");
  process.kill(Number(await readFile(file, "utf8")), "SIGKILL");
});

test("output without end is ended", async () => {
  const ran = await run(shell("yes"), quiet());
  assert.equal(!ran.ok && ran.failure.reason, "output_without_end");
});
