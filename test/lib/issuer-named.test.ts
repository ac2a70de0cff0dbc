import assert from "node:assert/strict";
import { test } from "node:test";
import { issuerNamed } from "../../src/lib/issuer-named.ts";

const claims = (payload: unknown): string =>
  Buffer.from(JSON.stringify(payload)).toString("base64url");

for (const [what, text, issuer] of [
  ["a token", `h.${claims({ iss: "https://i" })}.s`, "https://i"],
  ["a token without its signature", `h.${claims({ iss: "https://i" })}`, "https://i"],
  ["a token of five parts", `h.${claims({ iss: "https://i" })}.a.b.c`, "https://i"],
  ["a token without an issuer", `h.${claims({ sub: "x" })}.s`, null],
  ["a token whose issuer is no text", `h.${claims({ iss: 1 })}.s`, null],
  ["claims that are no object", `h.${claims(["iss"])}.s`, null],
  ["claims that are no JSON", "uk_abc.def.ghi", null],
  ["one part", "uk_abc", null],
  ["nothing", "", null],
] as const) {
  test(`the issuer that ${what} names is told, and nothing is believed of it`, () => {
    assert.equal(issuerNamed(text), issuer);
  });
}
