import assert from "node:assert/strict";
import { test } from "node:test";
import type { JwtSetting } from "../../src/config/types.ts";
import { createIssued } from "../../src/compose/issued.ts";
import { done } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { type Issuer, withIssuer } from "../support/issuer.ts";

const silent = (): void => {};
const QUIET = { debug: silent, info: silent, warn: silent, error: silent };

function settingOf({ url }: Issuer): JwtSetting {
  const claims = { user_claim: "sub", roles_claim: "roles" };
  return { issuer: url, audience: "kubiya", jwks_uri: `${url}/keys`, ...claims };
}

function tokenOf({ url, sign }: Issuer): Promise<string> {
  return sign({ iss: url, aud: "kubiya", sub: "ada", exp: 4_000_000_000 });
}

test("whose tokens count is the issuer of the moment, also for a token that was verified just before", () =>
  withIssuer((one) =>
    withIssuer(async (other) => {
      let setting: JwtSetting | null = settingOf(one);
      const issued = createIssued({
        setting: () => setting,
        proxies: { http: null, https: null, none: null },
        store: { session: async () => done(null) },
        latest: (row) => row,
        clock: Date.now,
        stopwatch: () => 0,
        log: QUIET,
      });
      const tokens = [await tokenOf(one), await tokenOf(other)];
      const found = async (): Promise<readonly string[]> => {
        const callers = tokens.map((token) => issued.authenticate(createSecret(token), null));
        return (await Promise.all(callers)).map(({ credential }) => credential.status);
      };
      assert.deepEqual([await found(), issued.gap], [["verified", "unknown"], null]);
      setting = settingOf(other);
      assert.deepEqual([await found(), issued.gap], [["unknown", "verified"], null]);
      setting = { ...setting, audience: "another" };
      assert.deepEqual(await found(), ["unknown", "unknown"]);
      setting = null;
      assert.deepEqual(await found(), ["unknown", "unknown"]);
      assert.equal(issued.gap?.mend, "name it in `jwt`");
      setting = settingOf(one);
      assert.deepEqual([await found(), issued.gap], [["verified", "unknown"], null]);
    }),
  ));
