import assert from "node:assert/strict";
import { test } from "node:test";
import { createMessages, type Message } from "../../src/kubiya/messages.ts";

/** The messages of these lines and of their end. */
function messagesOf(lines: readonly string[]): readonly Message[] {
  const messages: Message[] = [];
  const { line, end } = createMessages((message) => {
    messages.push(message);
    return "more";
  });
  for (const one of lines) line(one);
  end();
  return messages;
}

test("the lines of an event are one message, and none of them is another's", () => {
  const lines = ["event: a", "data: 1", "data:2", "", "data: 3", "", "", "event: b", "0:part"];
  assert.deepEqual(messagesOf(lines), [
    { kind: "event", name: "a", text: "1\n2" },
    { kind: "event", name: "", text: "3" },
    { kind: "part", code: "0", text: "part" },
    { kind: "event", name: "b", text: "" },
  ]);
});

test("an event of more lines than anybody sends keeps nobody waiting", () => {
  const started = performance.now();
  const [message] = messagesOf(Array(50_000).fill("data: x"));
  assert.equal(message?.text.length, 99_999);
  assert.ok(performance.now() - started < 5_000);
});
