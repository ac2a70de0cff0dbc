import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createStdioTransport } from "../../src/server/transport.ts";
import { UNOBSERVED } from "../support/observed.ts";

interface Reply {
  readonly id: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** Sends raw bytes and gives what came through to a handler and what was answered instead. */
async function exchange(...chunks: readonly (string | Uint8Array)[]): Promise<{
  readonly received: readonly unknown[];
  readonly replies: readonly Reply[];
}> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const received: unknown[] = [];
  const { protocol, closed } = createStdioTransport(stdin, stdout, UNOBSERVED.begin);
  protocol.onmessage = (message) => received.push(message);
  await protocol.start();
  for (const chunk of chunks) stdin.write(chunk);
  stdin.end();
  await closed;
  const written = stdout.read()?.toString() ?? "";
  const replies = written
    .split("\n")
    .filter(Boolean)
    .map((line: string) => JSON.parse(line));
  return { received, replies };
}

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const DEEP = `{"jsonrpc":"2.0","id":7,"method":"x","params":${'{"a":'.repeat(1000)}1${"}".repeat(1000)}}`;

const MALFORMED = [
  ["text that is not JSON", "hello\n", -32_700, null],
  ["a batch", `[${PING}]\n`, -32_600, null],
  ["a scalar", "7\n", -32_600, null],
  ["an object that is no message", '{"id":5,"hello":1}\n', -32_600, 5],
  ["1,000 levels of nesting", `${DEEP}\n`, -32_600, 7],
] as const;

for (const [what, line, code, id] of MALFORMED) {
  test(`${what} is answered with ${code} and reaches no handler`, async () => {
    const { received, replies } = await exchange(line);
    assert.deepEqual(received, []);
    assert.equal(replies.length, 1);
    assert.equal(replies[0]?.error?.code, code);
    assert.equal(replies[0]?.id, id);
  });
}

test("a huge line is answered once, and the next line is read", async () => {
  const huge = "x".repeat(5 * 1024 * 1024);
  const { received, replies } = await exchange(huge, huge, "\n", `${PING}\n`);
  assert.equal(received.length, 1);
  assert.deepEqual(
    replies.map(({ error }) => error?.code),
    [-32_600],
  );
});

test("a message that arrives in pieces, with a carriage return, is one message", async () => {
  const bytes = Buffer.from(`${PING}\r\n`);
  const { received } = await exchange(bytes.subarray(0, 9), bytes.subarray(9));
  assert.deepEqual(received, [JSON.parse(PING)]);
});

test("lone surrogates and __proto__ are carried as they are, and change nothing", async () => {
  const line = `{"jsonrpc":"2.0","id":1,"method":"x","params":{"__proto__":{"polluted":1},"a":"\\ud800"}}`;
  const { received } = await exchange(`${line}\n`);
  assert.equal(received.length, 1);
  assert.equal("polluted" in {}, false);
});

/** A client that sends one request and closes its end; the server answers after `answerAfterMs`, or never. */
async function pipe(answerAfterMs: number | null): Promise<string> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const { protocol, closed } = createStdioTransport(stdin, stdout, UNOBSERVED.begin);
  protocol.onmessage = () => {
    if (answerAfterMs === null) return;
    const answer = { jsonrpc: "2.0", id: 1, result: {} } as const;
    setTimeout(() => void protocol.send(answer), answerAfterMs);
  };
  await protocol.start();
  stdin.end(`${PING}\n`);
  await closed;
  return stdout.read()?.toString() ?? "";
}

test("who sends a request and closes its end at once still gets the answer", async () => {
  assert.match(await pipe(50), /"result":\{\}/);
});

test("an answer that does not come is not waited for", async () => {
  const timer = setTimeout(() => {}, 10_000);
  assert.equal(await pipe(null), "");
  clearTimeout(timer);
});

test("a client that does not read what it was sent is known", async () => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const { protocol, clientReads } = createStdioTransport(stdin, stdout, UNOBSERVED.begin);
  await protocol.start();
  assert.equal(clientReads(), true);
  await protocol.send({ jsonrpc: "2.0", method: "x", params: { text: "x".repeat(1_000_000) } });
  assert.equal(clientReads(), false);
  stdout.resume();
  await once(stdout, "drain");
  assert.equal(clientReads(), true);
});
