import assert from "node:assert/strict";
import { test } from "node:test";
import { isCanonicalUri } from "../../../src/tools/upstream/canonical-uri.ts";

for (const uri of [
  "demo://resource/dynamic/text/1",
  "test://static-text",
  "file:///srv/a%20file.txt",
  "https://example.com/a?b=c#d",
  "repo://owner/name/contents/feature%2Fone",
  "urn:example:a",
  "note:///%C3%BC",
  "demo://a/...",
  "demo://a/.hidden",
]) {
  test(`${uri} has no other spelling that counts`, () => assert.equal(isCanonicalUri(uri), true));
}

for (const [what, uri] of [
  ["a way up", "demo://resource/dynamic/text/../../static/document"],
  ["a way up at its end", "demo://resource/dynamic/.."],
  ["a step that stays", "demo://resource/./text"],
  ["an escaped way up", "demo://resource/dynamic/%2e%2e/static"],
  ["an escaped way up in capital letters", "demo://resource/dynamic/%2E%2E/static"],
  ["a half escaped way up", "demo://resource/dynamic/.%2e/static"],
  ["a way up between escaped slashes", "demo://resource/text/..%2F..%2Fstatic"],
  ["a way up between backslashes", "demo://resource/text/..%5C..%5Cstatic"],
  ["a way up where no path begins", "urn:a/../b"],
  ["a way up in a query", "demo://resource/text?of=../../static"],
  ["a way up behind its scheme", "notes:../x"],
  ["a way up behind its scheme alone", "notes:.."],
  ["a way up behind a colon", "docs://h/..:x"],
  ["a space in what is no path", "notes:top secret"],
  ["a quotation mark", 'notes:a"b'],
  ["a bar", "docs://h/a|b"],
  ["what is escaped twice", "demo://resource/text/%252e%252e/static"],
  ["an escaped letter", "demo://resource/%73tatic"],
  ["an escape in small letters", "demo://resource/a%2fb"],
  ["an escape that is none", "demo://resource/%zz"],
  ["an escape of no text", "demo://resource/%FF"],
  ["a tab", "demo://resource/sta\ttic"],
  ["a line's end", "demo://resource/static\n"],
  ["an escaped NUL", "demo://resource/static%00"],
  ["an escaped line's end", "demo://resource/static%0A"],
  ["a space before it", " demo://resource/static"],
  ["a space", "demo://resource/a b"],
  ["a letter that is not escaped", "demo://resource/ü"],
  ["a scheme in capital letters", "DEMO://resource/static"],
  ["a host in capital letters", "https://EXAMPLE.com/"],
  ["a port that is said for nothing", "https://example.com:443/"],
  ["backslashes", "https:\\\\example.com\\a"],
  ["no scheme", "static/document"],
  ["nothing", ""],
] as const) {
  test(`a URI with ${what} is not taken by its text`, () =>
    assert.equal(isCanonicalUri(uri), false));
}
