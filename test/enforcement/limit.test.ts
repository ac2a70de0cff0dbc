import assert from "node:assert/strict";
import { test } from "node:test";
import { limitPromised, limitResult, limitWhole } from "../../src/enforcement/limit.ts";
import { limitNews } from "../../src/enforcement/obligations.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import type { Block, News } from "../../src/tools/types.ts";
import { said } from "../support/world.ts";

const IMAGE: Block = { type: "image", data: "AAAA", mimeType: "image/png" };
const IMAGE_BYTES = Buffer.byteLength(JSON.stringify(IMAGE));
const JSON_TEXT: Block = {
  type: "resource",
  resource: { uri: "a:b", mimeType: "application/json", text: '{"pods":["a","b"]}' },
};
const JSON_BYTES = Buffer.byteLength(JSON.stringify(JSON_TEXT));

function texts(...words: readonly string[]): readonly Block[] {
  return words.map((text) => ({ type: "text", text }));
}

function left(content: readonly Block[], maxBytes: number): readonly Block[] {
  return limitResult(said("", { content }), maxBytes).content;
}

test("texts are cut together, each between two characters", () => {
  assert.deepEqual(left(texts("abc", "d€f", "ghi"), 6), texts("abc", "d", ""));
  assert.deepEqual(left(texts("abc", "d€f"), 8), texts("abc", "d€f"));
});

test("an image leaves whole or not at all, and a line says what is missing", () => {
  assert.deepEqual(left([IMAGE], IMAGE_BYTES), [IMAGE]);
  const instead = texts(`[left out: image of ${IMAGE_BYTES} bytes]`);
  assert.deepEqual(left([IMAGE], IMAGE_BYTES - 1), instead);
});

test("JSON in a resource is never cut", () => {
  for (let bytes = 0; bytes <= JSON_BYTES; bytes += 1) {
    const [block] = left([JSON_TEXT], bytes);
    if (bytes === JSON_BYTES) assert.deepEqual(block, JSON_TEXT);
    else assert.deepEqual([block], texts(`[left out: resource of ${JSON_BYTES} bytes]`));
  }
});

test("what was left out takes nothing from what comes after it", () => {
  assert.deepEqual(left([IMAGE, ...texts("pods")], 4), [
    ...texts(`[left out: image of ${IMAGE_BYTES} bytes]`, "pods"),
  ]);
});

test("what stands beside a text counts like its words, and is left out before they are cut", () => {
  const words = texts("pods");
  const [text] = words;
  const noted: Block = { type: "text", text: "pods", _meta: { a: "x".repeat(30) } };
  const beside = Buffer.byteLength(JSON.stringify({ _meta: noted["_meta"] }));
  assert.deepEqual(left([noted, ...words], beside + 8), [noted, text]);
  assert.deepEqual(left([noted, ...words], beside + 7), [noted, ...texts("pod")]);
  assert.deepEqual(left([noted], beside + 3), words);
  assert.deepEqual(left([noted], 3), texts("pod"));
  const annotated: Block = { type: "text", text: "pods", annotations: { priority: 1 } };
  assert.deepEqual(left([annotated], 4), words);
});

test("the structured part counts after the content, and leaves whole or not at all", () => {
  const result = said("pods", { structured: { n: 1 } });
  assert.deepEqual(limitResult(result, 11), result);
  const cut = limitResult(result, 10);
  assert.deepEqual([cut.content, cut.structured, cut.truncated], [texts("pods"), null, true]);
});

test("a result whose structured part was promised is an error without it, and says that the tool ran", () => {
  const result = said("pods", { structured: { n: 1 } });
  assert.equal(limitPromised(result, 11), result);
  const cut = limitPromised(result, 10);
  assert.deepEqual([cut.structured, cut.isError, cut.truncated], [null, true, true]);
  assert.deepEqual(cut.content[0], { type: "text", text: "pods" });
  assert.match(String(cut.content[1]?.["text"]), /The tool ran/);
  // One that fails says so itself, and so does a server that breaks its own promise.
  const failure = { ...result, isError: true };
  assert.deepEqual(limitPromised(failure, 10), limitResult(failure, 10));
  const silent = said("pods");
  assert.equal(limitPromised(silent, 10), silent);
});

test("a result within its limit is the same, byte for byte", () => {
  const result = said("pods", { content: [...texts("pods"), IMAGE] });
  assert.equal(limitResult(result, 4 + IMAGE_BYTES), result);
  assert.equal(limitResult(result, Infinity), result);
});

test("what is read leaves whole or not at all, and so do questions", () => {
  const given = { kind: "given", body: { contents: [] } } as const;
  assert.deepEqual(limitWhole(given, 15), done(given));
  assert.deepEqual(limitWhole(given, 14), failed({ reason: "too_large", bytes: 15, allowed: 14 }));
  const question = { method: "roots/list", params: {} } as const;
  const asking = { kind: "questions", questions: { q: question }, state: "x".repeat(99) } as const;
  const bytes = Buffer.byteLength(JSON.stringify(asking.questions));
  assert.equal(limitWhole(asking, bytes).ok, true);
  assert.equal(limitWhole(asking, bytes - 1).ok, false);
});

test("news count together: lines and words of progress are cut, data of a log is not", () => {
  const heard: News[] = [];
  const report = limitNews((news) => heard.push(news), 40);
  const log = { kind: "log", level: "info", logger: "t", said: { a: "x".repeat(30) } } as const;
  report({ kind: "line", text: "abc" });
  report(log);
  report({ kind: "progress", progress: 1, total: null, message: "y".repeat(50) });
  report({ kind: "line", text: "nothing is left" });
  assert.deepEqual(heard, [
    { kind: "line", text: "abc" },
    { kind: "progress", progress: 1, total: null, message: "y".repeat(36) },
  ]);
});
