import assert from "node:assert/strict";
import { test } from "node:test";
import { createForeign, type Trusted } from "../../src/compose/foreign.ts";
import type { KubiyaSetting } from "../../src/config/types.ts";
import { done } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { createAuthenticate, createGapOf } from "../../src/principal/authenticate.ts";
import { type Cloud, cloudKey, OPERATORS_KEY, withCloud } from "../support/cloud.ts";
import { withIssuer } from "../support/issuer.ts";

const silent = (): void => {};
const QUIET = { debug: silent, info: silent, warn: silent, error: silent };
const OWN = { api_key: createSecret(OPERATORS_KEY), caller_credential: null } as const;
const NOBODY: Trusted = { ...OWN, jwt: null, kubiya: null };

function settingOf({ url }: Cloud): KubiyaSetting {
  return { base_url: url };
}

/** Credentials of others; whose count is `trusted.now`. */
function foreign(trusted: { now: Trusted }) {
  const authenticators = createForeign({
    trusted: () => trusted.now,
    cloudScopes: {},
    proxies: { http: null, https: null, none: null },
    store: { session: async () => done(null) },
    latest: (row) => row,
    clock: Date.now,
    stopwatch: () => 0,
    log: QUIET,
  });
  const authenticate = createAuthenticate(authenticators);
  return {
    gapOf: createGapOf(authenticators),
    statusOf: async (text: string) =>
      (await authenticate({ credential: createSecret(text), session: null })).credential.status,
  };
}

test("the cloud that is asked is that of the moment, also about a key that was verified just before", () =>
  withCloud((one) =>
    withCloud(async (other) => {
      const key = "uk_a-key-of-one";
      one.keys.set(key, cloudKey("ada@example", []));
      const trusted = { now: { ...NOBODY, kubiya: settingOf(one) } };
      const { statusOf, gapOf } = foreign(trusted);
      assert.equal(await statusOf(key), "verified");
      trusted.now = { ...NOBODY, kubiya: settingOf(other) };
      assert.equal(await statusOf(key), "unknown");
      assert.equal(gapOf(createSecret(key)), null);
      const { length } = other.asked;
      assert.ok(length > 0);
      const alone: { now: Trusted } = trusted;
      alone.now = NOBODY;
      assert.equal(await statusOf(key), "unknown");
      assert.match(gapOf(createSecret(key))?.message ?? "", /are not asked about/);
      assert.equal(other.asked.length, length);
    }),
  ));

test("tokens of the issuer never go to the cloud, and those of others may be its keys", () =>
  withIssuer((issuer) =>
    withIssuer((stranger) =>
      withCloud(async (cloud) => {
        const claims = { aud: "kubiya", sub: "ada", exp: 4_000_000_000 };
        const own = await issuer.sign({ ...claims, iss: issuer.url });
        const forged = await stranger.sign({ ...claims, iss: issuer.url });
        const cloudsOwn = await stranger.sign({ ...claims, iss: stranger.url });
        cloud.keys.set(cloudsOwn, cloudKey("eve@example", []));
        const jwt = {
          ...{ issuer: issuer.url, audience: "kubiya", jwks_uri: `${issuer.url}/keys` },
          ...{ user_claim: "sub", roles_claim: "roles" },
        };
        const { statusOf } = foreign({ now: { ...OWN, jwt, kubiya: settingOf(cloud) } });
        assert.equal(await statusOf(own), "verified");
        assert.equal(await statusOf(forged), "unknown");
        assert.equal(await statusOf(own.slice(0, own.lastIndexOf("."))), "unknown");
        assert.deepEqual(cloud.asked, []);
        assert.equal(await statusOf(cloudsOwn), "verified");
        const asked = cloud.asked.length;
        const trusted: { now: Trusted } = { now: { ...OWN, jwt, kubiya: settingOf(cloud) } };
        const before = foreign(trusted);
        trusted.now = { ...OWN, jwt: null, kubiya: settingOf(cloud) };
        assert.equal(await before.statusOf(own), "unknown");
        assert.equal(cloud.asked.length, asked);
        const alone = foreign({ now: { ...OWN, jwt: null, kubiya: settingOf(cloud) } });
        assert.equal(await alone.statusOf(cloudsOwn), "verified");
        const none = foreign({ now: { ...OWN, jwt, kubiya: null } });
        assert.equal(await none.statusOf(cloudsOwn), "unknown");
      }),
    ),
  ));

/** What a server has of the cloud itself, and whether a key of its own organisation lets anybody in. */
for (const [what, api_key, caller_credential, counts] of [
  ["a cloud key for itself", OPERATORS_KEY, null, true],
  ["a cloud key as the caller on stdio", null, OPERATORS_KEY, true],
  ["a key of its own and a cloud key as the caller", "kbk_0123456789abcdef_x", OPERATORS_KEY, true],
  ["a key of its own alone", "kbk_0123456789abcdef_x", "kbk_0123456789abcdef_x", false],
  ["nothing", null, null, false],
] as const) {
  test(`keys of the cloud ${counts ? "count" : "are not even asked about"} where the server has ${what}`, () =>
    withCloud(async (cloud) => {
      const key = "uk_a-key-of-ada";
      cloud.keys.set(key, cloudKey("ada@example", []));
      const secretOf = (text: string | null) => (text === null ? null : createSecret(text));
      const own = { api_key: secretOf(api_key), caller_credential: secretOf(caller_credential) };
      const { statusOf } = foreign({ now: { ...own, jwt: null, kubiya: settingOf(cloud) } });
      assert.equal(await statusOf(key), counts ? "verified" : "unknown");
      assert.equal(cloud.asked.length > 0, counts);
    }));
}
