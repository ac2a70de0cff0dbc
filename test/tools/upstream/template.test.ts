import assert from "node:assert/strict";
import { test } from "node:test";
import { mayExpandTo } from "../../../src/tools/upstream/template.ts";

for (const [template, uri, may] of [
  ["demo://resource/{id}", "demo://resource/7", true],
  ["demo://resource/{id}", "demo://other/7", false],
  ["demo://{a}/x/{b}/y", "demo://1/x/2/y", true],
  ["demo://{a}/x/{b}/y", "demo://1/2/y", false],
  ["demo://{a}x", "demo://x", true],
  ["demo://aba{x}ba", "demo://aba", false],
  ["demo://plain", "demo://plain", true],
  ["demo://plain", "demo://plain/", false],
  ["file:///{+path}", "file:///a/b/c", true],
] as const) {
  test(`${template} ${may ? "may" : "cannot"} stand for ${uri}`, () => {
    assert.equal(mayExpandTo(template, uri), may);
  });
}

test("a template that somebody wrote to keep us busy does not", () => {
  const template = "x{".repeat(50_000) + "{a}x".repeat(50_000);
  assert.equal(mayExpandTo(template, "x".repeat(100_000)), false);
});
