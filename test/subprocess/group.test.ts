import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kill } from "../../src/subprocess/group.ts";
import { createRunProgram } from "../../src/subprocess/run.ts";
import { runs } from "../support/processes.ts";

/** What the system says of a process that is another user's, as a set-user-ID program makes one. */
const notOurs: Kill = () => {
  throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
};

const watch = { signal: new AbortController().signal, onLine: () => {} };
const SLEEP = {
  program: "sh",
  args: ["-c", "echo $$; exec sleep 30"],
  env: { PATH: "/usr/bin:/bin" },
  cwd: "/",
  stdin: "",
  timeoutMs: 100,
  maxOutputBytes: 1_000,
};

test("a process that may not be signalled is not taken for gone, nor waited for for ever", async () => {
  const pids: number[] = [];
  const onLine = (line: string): void => void pids.push(Number(line));
  const run = createRunProgram({ graceMs: 50, killMs: 100, kill: notOurs });
  const ran = await run(SLEEP, { ...watch, onLine });
  const [pid = 0] = pids;
  assert.equal(runs(pid), true);
  process.kill(pid, "SIGKILL");
  assert.deepEqual(ran, { ok: false, failure: { reason: "not_ended", group: pid } });
});

test("what a program left behind and cannot be signalled is told too", async () => {
  const pids: number[] = [];
  const onLine = (line: string): void => void pids.push(Number(line));
  const run = createRunProgram({ graceMs: 50, killMs: 100, kill: notOurs });
  const left = { ...SLEEP, args: ["-c", "sleep 30 & echo $!"], timeoutMs: 10_000 };
  const ran = await run(left, { ...watch, onLine });
  const [pid = 0] = pids;
  assert.equal(runs(pid), true);
  process.kill(pid, "SIGKILL");
  assert.equal(!ran.ok && ran.failure.reason, "not_ended");
});
