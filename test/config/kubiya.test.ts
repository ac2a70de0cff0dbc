import assert from "node:assert/strict";
import { test } from "node:test";
import { faults, homeFor, loaded } from "./world.ts";

const HERE = "https://api.kubiya.ai";
const ISSUER = "https://issuer.example";
const claims = Buffer.from(JSON.stringify({ iss: ISSUER })).toString("base64url");
const TOKEN = `eyJh.${claims}.c2ln`;

/** What is said, and where the cloud is; null: nothing goes there. */
const SAID = [
  ["nothing", {}, null],
  ["a key of this server", { environment: { KUBIYA_API_KEY: "kbk_0123" } }, null],
  ["a key of this server in quotes", { environment: { KUBIYA_API_KEY: '"kbk_0123"' } }, null],
  ["a token of this server in the file", { file: { api_key: "kbt_0123" } }, null],
  ["a credential of a caller alone", { environment: { KUBIYA_AUTH_TOKEN: "uk_1" } }, null],
  [
    "a token of the issuer as the key",
    {
      file: { jwt: { issuer: ISSUER, audience: "a" } },
      environment: { KUBIYA_API_KEY: TOKEN },
    },
    null,
  ],
  ["a key of no issuer that is known", { environment: { KUBIYA_API_KEY: TOKEN } }, HERE],
  ["another key", { environment: { KUBIYA_API_KEY: "uk_1" } }, HERE],
  ["another key in the file", { file: { api_key: "uk_1" } }, HERE],
  ["the cloud, and nothing of it", { file: { kubiya: {} } }, HERE],
  ["an address", { file: { kubiya: { base_url: "https://a.example" } } }, "https://a.example"],
  [
    "an address of this machine",
    { environment: { KUBIYA_BASE_URL: "http://127.0.0.1:1/api/v1" } },
    "http://127.0.0.1:1/api/v1",
  ],
  [
    "an address in the environment, over that of the file",
    {
      file: { kubiya: { base_url: "https://a.example" } },
      environment: { KUBIYA_BASE_URL: "https://b.example" },
    },
    "https://b.example",
  ],
] as const;

for (const [what, said, baseUrl] of SAID) {
  test(`where ${what} is said, credentials go to ${baseUrl ?? "no cloud"}`, async (context) => {
    const { config, warnings } = await loaded(await homeFor(context), said);
    assert.equal(config.kubiya?.base_url ?? null, baseUrl);
    assert.deepEqual(warnings, []);
  });
}

for (const written of [
  "http://api.kubiya.ai",
  "api.kubiya.ai",
  "ftp://a.example",
  "https://user:canary@a.example",
  "https://a.example/?key=canary",
  "https://a.example/#canary",
]) {
  test(`the cloud is not at ${written}`, async (context) => {
    const home = await homeFor(context);
    const ofFile = await faults(home, { file: { kubiya: { base_url: written } } });
    assert.deepEqual(
      ofFile.map(({ field }) => field),
      ["kubiya.base_url"],
    );
    const found = await faults(home, { environment: { KUBIYA_BASE_URL: written } });
    assert.deepEqual(
      found.map(({ path, field }) => [path, field]),
      [["environment", "KUBIYA_BASE_URL"]],
    );
    assert.doesNotMatch(JSON.stringify([ofFile, found]), /canary/);
  });
}
