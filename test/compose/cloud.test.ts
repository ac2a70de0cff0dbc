import assert from "node:assert/strict";
import { test } from "node:test";
import { createKubiyaOf, lookAtCloud, openCloud } from "../../src/compose/cloud.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { CONFIG } from "../support/world.ts";
import { OPERATORS_KEY, withCloud } from "../support/cloud.ts";

const ISSUER = "https://issuer.example";
const claims = Buffer.from(JSON.stringify({ iss: ISSUER })).toString("base64url");
const JWT = {
  ...{ issuer: ISSUER, audience: "a", jwks_uri: null },
  ...{ user_claim: "sub", roles_claim: "roles" },
};

const kubiyaOf = () => createKubiyaOf({ open: openCloud, stopwatch: () => 0 });

for (const key of ["kbk_0123456789", '"kbt_0123456789"', `eyJh.${claims}.c2ln`]) {
  test(`${key.slice(0, 6)}... is no key for the cloud, whoever asks there`, () =>
    withCloud(async ({ url, asked }) => {
      const kubiya = { base_url: url };
      const config = { ...CONFIG, kubiya, jwt: JWT, api_key: createSecret(key) };
      assert.equal(await lookAtCloud(config), null);
      assert.equal(await kubiyaOf()(config), null);
      assert.deepEqual(asked, []);
    }));
}

test("the cloud is asked with the key that is for it, and not where it is not used", () =>
  withCloud(async ({ url }) => {
    const kubiya = { base_url: url };
    const config = { ...CONFIG, kubiya, jwt: JWT, api_key: createSecret(OPERATORS_KEY) };
    const seen = await lookAtCloud(config);
    assert.equal(seen?.ok === true && seen.value?.user, "operator@example");
    assert.notEqual(await kubiyaOf()(config), null);
    assert.equal(await kubiyaOf()({ ...config, kubiya: null }), null);
  }));

test("a cloud that could not be opened is opened again at its next use, and not more than once a second", () =>
  withCloud(async ({ url }) => {
    const setting = { base_url: url };
    const config = { ...CONFIG, kubiya: setting, jwt: null, api_key: createSecret(OPERATORS_KEY) };
    let now = 0;
    let opened = 0;
    let broken = true;
    const kubiya = createKubiyaOf({
      open: async (given, proxies) => {
        opened += 1;
        if (broken) throw new Error("a library is not there");
        return openCloud(given, proxies);
      },
      stopwatch: () => now,
    });
    await assert.rejects(kubiya(config), /a library is not there/);
    now = 999;
    broken = false;
    await assert.rejects(kubiya(config), /a library is not there/);
    assert.equal(opened, 1);
    now = 1_000;
    const found = await kubiya(config);
    now = 5_000;
    assert.equal(await kubiya(config), found);
    assert.deepEqual([opened, found === null], [2, false]);
  }));
