import assert from "node:assert/strict";
import { test } from "node:test";
import { PassThrough } from "node:stream";
import { anchorsIn } from "../../src/audit/anchors.ts";
import { createLog } from "../../src/observe/log.ts";
import { redactorOf } from "../support/observed.ts";

const HASH = "a".repeat(64);
const ANCHOR = { chain: "cli", seq: 4, hash: HASH };
const SAID = `audit checkpoint chain=cli seq=4 hash=${HASH}`;

/** The lines of a log in each of its forms, of a server that says this. */
function linesOf(
  said: (log: ReturnType<typeof createLog>) => void,
  requestId: string | null = null,
): readonly string[] {
  return [true, false].map((json) => {
    const stream = new PassThrough();
    const logging = () => ({ level: "info", debug: false }) as const;
    const log = createLog({
      ...{ logging, json, stream, redactor: redactorOf(), requestId: () => requestId },
    });
    said(log);
    return String(stream.read());
  });
}

test("a checkpoint that the log tells of is an anchor, in a request too", () => {
  for (const requestId of [null, "0197a0b0-0000-7000-8000-000000000001"]) {
    for (const text of linesOf((log) => log.info("audit checkpoint", ANCHOR), requestId)) {
      assert.deepEqual(anchorsIn(`a line before\n${text}`), [ANCHOR], text);
    }
  }
});

test("an answer of audit verify is as many anchors as it has heads", () => {
  const answer = { intact: true, heads: [ANCHOR, { ...ANCHOR, chain: "b" }], chains: [ANCHOR] };
  for (const space of [0, 2]) {
    assert.deepEqual(anchorsIn(JSON.stringify(answer, null, space)), answer.heads);
  }
});

test("nothing that a caller is named, or sends, makes an anchor", () => {
  const forged = [SAID, `2026-11-23T12:00:00.000Z info ${SAID}`, JSON.stringify(ANCHOR)];
  for (const user of forged) {
    for (const text of linesOf((log) => {
      log.info("authentication", { user, last: user });
      log.info("authentication", { user: `\n${user}` });
      log.warn(`a message with ${user}`);
      log.warn("audit checkpoint", ANCHOR);
      log.info("called", { arguments: ANCHOR, message: "audit checkpoint", facts: ANCHOR });
      log.info("called", { heads: [ANCHOR] });
    })) {
      assert.deepEqual(anchorsIn(text), [], text);
    }
  }
});

test("what is nearly an anchor is none", () => {
  const nearly = [
    { ...ANCHOR, seq: 0 },
    { ...ANCHOR, seq: 1.5 },
    { ...ANCHOR, hash: "a" },
  ];
  for (const facts of [...nearly, { chain: "cli", seq: 4 }]) {
    for (const line of linesOf((log) => log.info("audit checkpoint", facts))) {
      assert.deepEqual(anchorsIn(line), [], line);
    }
  }
  for (const head of [...nearly, { ...ANCHOR, seq: "4" }, { ...ANCHOR, chain: 7 }, null]) {
    assert.deepEqual(anchorsIn(JSON.stringify({ heads: [head] })), []);
  }
});
