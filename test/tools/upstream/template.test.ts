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
  ["file:///{path}", "file:///a/b/c", false],
  ["demo://{a}/{b}", "demo://1/2/3", false],
  ["demo://{+a}/{b}", "demo://1/2/3", true],
  ["demo://{a}-{b}", "demo://1-2-3", true],
  ["demo://{a}{b}", "demo://12", true],
  ["demo://{a,b}", "demo://1,2", true],
  ["demo://{a}", "demo://1?b=2", false],
  ["demo://{a}", "demo://1#b", false],
  ["demo://a{?b,c}", "demo://a?b=1/2&c=3", true],
  ["demo://a{?b}", "demo://a", true],
  ["demo://a{?b}", "demo://a/b", false],
  ["demo://a{?b}", "demo://a?b=1#c", false],
  ["demo://a?x=1{&b}", "demo://a?x=1&b=2", true],
  ["demo://a{#b}", "demo://a#b/c", true],
  ["demo://a{#b}", "demo://ab", false],
  ["demo://a{/b*}", "demo://a/b/c", true],
  ["demo://a{/b}", "demo://ab", false],
  ["demo://a{/b}", "demo://a/b?c", false],
  ["demo://a{.b}", "demo://a.b", true],
  ["demo://a{.b}", "demo://a.b/c", false],
  ["demo://a{;b}", "demo://a;b=1", true],
  ["demo://a{=b}", "demo://a", false],
] as const) {
  test(`${template} ${may ? "may" : "cannot"} stand for ${uri}`, () => {
    assert.equal(mayExpandTo(template, uri), may);
  });
}

test("a template that somebody wrote to keep us busy does not", () => {
  const template = "x{".repeat(50_000) + "{a}x".repeat(50_000);
  assert.equal(mayExpandTo(template, "x".repeat(100_000)), false);
});
