import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { done } from "../src/lib/outcome.ts";
import { createSecret } from "../src/lib/secret.ts";
import { createJwt } from "../src/principal/jwt.ts";
import { type Row, spread, timesOf } from "./measure.ts";
import { SILENT } from "./world.ts";

const RUNS = 5_000;
const SETTING = {
  ...{ issuer: "https://issuer.example", audience: "kubiya", jwks_uri: null },
  ...{ user_claim: "sub", roles_claim: "roles" },
};

/** What it costs to find out whose a token of an external issuer is, at first and as long as it is remembered. */
export async function measureTokens(): Promise<readonly Row[]> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const findKey = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: "ES256" }] });
  const token = await new SignJWT({ roles: ["developer"] })
    .setProtectedHeader({ alg: "ES256" })
    .setIssuer(SETTING.issuer)
    .setAudience(SETTING.audience)
    .setSubject("ada")
    .setExpirationTime("1h")
    .sign(privateKey);
  let ms = 0;
  const first = await costOf(() => (ms += 1_000));
  const again = await costOf(() => ms);
  return [
    [
      "whose a token of an external issuer is (ES256)",
      `p50 ${first.toFixed(0)} us; ${again.toFixed(1)} us while it is remembered`,
      "-",
    ],
  ];

  /** With a stopwatch that says at each look what this says. */
  async function costOf(stopwatch: () => number): Promise<number> {
    const jwt = createJwt({
      ...{ setting: SETTING, findKey, stopwatch, clock: Date.now, log: SILENT },
      store: { session: async () => done(null) },
      latest: (row) => row,
    });
    const work = () => jwt.authenticate(createSecret(token), null);
    const { credential } = await work();
    if (credential.status !== "verified")
      throw new Error(`the bench's token is ${credential.status}`);
    return spread(await timesOf(RUNS, work)).p50;
  }
}
