import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToolDefinition } from "../../src/config/types.ts";
import { createHide } from "../../src/tools/hide.ts";
import { CONFIG } from "../support/world.ts";
import { call, toolboxOf } from "./world.ts";

const SECRET = "correct-horse-battery";
const hide = createHide([SECRET, ""]);

test("a whole secret is hidden wherever it stands, and other text is left alone", () => {
  assert.equal(hide.inWhole(`a ${SECRET}${SECRET} b`), "a [REDACTED][REDACTED] b");
  assert.equal(hide.inWhole("correct-horse battery"), "correct-horse battery");
});

test("what a cut left of a secret is hidden, at whatever character it was cut", () => {
  for (let at = 4; at < SECRET.length; at += 1) {
    assert.equal(hide.inBeginning(`out ${SECRET.slice(0, at)}`), "out ");
    assert.equal(hide.inEnd(`${SECRET.slice(-at)} err`), " err");
  }
  assert.equal(hide.inBeginning("nothing here"), "nothing here");
});

test("a line of a secret that has several is hidden by itself", () => {
  const key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEF\n-----END KEY-----\n";
  const several = createHide([key]);
  assert.equal(several.inWhole("x MIIEvQIBADANBgkqhkiG9w0B y"), "x [REDACTED] y");
  assert.equal(several.inWhole(`x ${key} y`), "x [REDACTED] y");
});

const environment = { S: SECRET };
const definition = (content: string): ToolDefinition => ({
  name: "t",
  type: "shell",
  content,
  secrets: ["S"],
});

test("a secret is hidden in what a tool writes, in its lines and in its errors", async () => {
  const lines: string[] = [];
  const tool = definition('echo "out $S"; echo "err $S" >&2; exit 3');
  const ran = await call(await toolboxOf(tool, { environment }), {}, (line) => lines.push(line));
  assert.deepEqual(ran, {
    ok: false,
    failure: {
      reason: "exited",
      exitCode: 3,
      stdout: "out [REDACTED]\n",
      stderr: "err [REDACTED]\n",
      outputBytes: 26,
    },
  });
  assert.deepEqual(lines.toSorted(), ["err [REDACTED]", "out [REDACTED]"]);
});

test("a secret is hidden where a limit cuts it, in output, in errors and in a line", async () => {
  const limits = { ...CONFIG.limits, max_response_size: 20 };
  for (const [content, wanted] of [
    ['printf "0123456789%s" "$S"', "0123456789\n[cut: it wrote 31 bytes]"],
    ['printf "0123456789%s" "$S"; exit 1', "0123456789\n[cut: it wrote 31 bytes]"],
  ] as const) {
    const ran = await call(await toolboxOf(definition(content), { environment, limits }));
    const text = ran.ok
      ? ran.value.content[0]?.["text"]
      : ran.failure.reason === "exited" && ran.failure.stdout;
    assert.equal(text, wanted);
  }
  const onStderr = definition('printf "%s0123456789" "$S" >&2; exit 1');
  const failed = await call(await toolboxOf(onStderr, { environment, limits }));
  assert.ok(!failed.ok && failed.failure.reason === "exited");
  assert.equal(failed.failure.stderr, "0123456789");
  const lines: string[] = [];
  const long = definition('head -c 4090 /dev/zero | tr "\\0" x; echo "$S"');
  await call(await toolboxOf(long, { environment }), {}, (line) => lines.push(line));
  assert.deepEqual(lines, ["x".repeat(4_090)]);
});

test("a secret is hidden in what a tool wrote before its time was over", async () => {
  const late = { ...definition('echo "$S" >&2; sleep 60'), timeout: 0.3 };
  const ran = await call(await toolboxOf(late, { environment }));
  assert.ok(!ran.ok && ran.failure.reason === "timed_out");
  assert.equal(ran.failure.stderr, "[REDACTED]\n");
});

test("a secret that the server does not have stops the tool before it starts", async () => {
  const ran = await call(await toolboxOf(definition("echo ran"), { environment: {} }));
  assert.deepEqual(ran, {
    ok: false,
    failure: {
      reason: "not_preparable",
      field: "the secret S",
      detail: "is not set in the server's environment",
    },
  });
});
