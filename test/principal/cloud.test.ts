import assert from "node:assert/strict";
import { test } from "node:test";
import type { CloudKey, KubiyaFailure } from "../../src/kubiya/types.ts";
import { issuerNamed } from "../../src/lib/issuer-named.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { createAuthenticate } from "../../src/principal/authenticate.ts";
import { unproven } from "../../src/principal/caller.ts";
import { type CloudParts, createCloudCredentials, onlyOf } from "../../src/principal/cloud.ts";
import { createUnverified } from "../../src/principal/unverified.ts";
import type { SessionRow } from "../../src/store/types.ts";
import { NOON } from "../credential/world.ts";

const KEY: CloudKey = {
  id: "k1",
  user: "ada@example",
  scopes: ["tasks:execute", "agents:read"],
  expires_ms: null,
};
const AWAY: Outcome<never, KubiyaFailure> = failed({
  reason: "kubiya_unreachable",
  endpoint: "GET /api/v1/auth/validate",
  detail: "api.example cannot be reached: ECONNREFUSED",
});
const TEXT = "uk_somebodys-key";
const SESSION: SessionRow = {
  ...{ id: "s1", credential: "cloud:k1", user: "ada@example", mac: "" },
  ...{ started_ms: NOON - 10, used_ms: NOON - 5, idle_ms: 1_000, absolute_ms: 5_000 },
};
const silent = (): void => {};

/** Keys of a cloud that answers this until something else is said. */
function cloudThat(says: Outcome<CloudKey | null, KubiyaFailure>, given: Partial<CloudParts> = {}) {
  let answer = says;
  let nowMs = 0;
  const asked: string[] = [];
  const said: unknown[] = [];
  const cloud = createCloudCredentials({
    verify: async (key) => {
      asked.push(key.reveal());
      return answer;
    },
    scopes: { "tasks:execute": ["tools:list", "tools:execute"], both: ["tools:list"] },
    isIssued: () => false,
    store: { session: async (id) => done(id === SESSION.id ? SESSION : null) },
    latest: (row) => row,
    clock: () => NOON,
    stopwatch: () => nowMs,
    log: { debug: silent, info: silent, warn: silent, error: (...line) => said.push(line) },
    ...given,
  });
  const authenticate = createAuthenticate([cloud]);
  return {
    cloud,
    asked,
    said,
    present: (text = TEXT, session: string | null = null) =>
      authenticate({ credential: createSecret(text), session }),
    pass: (ms: number) => (nowMs += ms),
    nowSays: (other: Outcome<CloudKey | null, KubiyaFailure>) => (answer = other),
  };
}

test("who holds a key of the cloud has what its scopes stand for, and no more", async () => {
  const { present } = cloudThat(done(KEY));
  assert.deepEqual(await present(), {
    principal: {
      kind: "user",
      id: "ada@example",
      roles: [],
      permissions: ["tools:list", "tools:execute"],
      claims: { scopes: ["tasks:execute", "agents:read"] },
    },
    credential: {
      ...{ status: "verified", id: "cloud:k1", kind: "cloud" },
      ...{ created_ms: null, expires_ms: null, revoked_ms: null },
      ...{ allowed_ips: null, allow_stdio: null, sessions: null, parent: null },
    },
    replaced_by: null,
    session: null,
  });
});

for (const scopes of [[], ["*"], ["tools:execute"], ["constructor", "__proto__", "toString"]]) {
  test(`the scopes ${JSON.stringify(scopes)} stand for nothing here: no limit they never are`, async () => {
    const { present } = cloudThat(done({ ...KEY, scopes }));
    assert.deepEqual((await present()).principal.permissions, []);
  });
}

test("a permission that two scopes stand for is had once", async () => {
  const { present } = cloudThat(done({ ...KEY, scopes: ["both", "tasks:execute"] }));
  assert.deepEqual((await present()).principal.permissions, ["tools:list", "tools:execute"]);
});

test("the end that the cloud tells of a key is told to policies", async () => {
  const { present } = cloudThat(done({ ...KEY, expires_ms: NOON - 1 }));
  const { credential } = await present();
  assert.deepEqual([credential.status, credential.expires_ms], ["verified", NOON - 1]);
});

test("what the cloud says in its own words is not repeated in the log", async () => {
  const endpoint = "GET /api/v1/auth/me";
  const { present, said } = cloudThat(
    failed({ reason: "kubiya_refused", endpoint, status: 418, message: "canary" }),
  );
  assert.deepEqual(await present(), unproven("unverifiable"));
  assert.match(JSON.stringify(said), /auth\/me.*418/);
  assert.doesNotMatch(JSON.stringify(said), /canary/);
});

test("a key that is none there is unknown, and holds nobody's session", async () => {
  assert.deepEqual(await cloudThat(done(null)).present(TEXT, "s1"), unproven("unknown"));
});

test("where the cloud cannot say nobody is let in, and the log says why without the key", async () => {
  const { present, said } = cloudThat(AWAY);
  assert.deepEqual(await present(TEXT, "s1"), unproven("unverifiable"));
  assert.match(JSON.stringify(said), /cannot be verified.*ECONNREFUSED/);
  assert.doesNotMatch(JSON.stringify(said), new RegExp(TEXT));
});

/** What the cloud says, and for how long it is not asked again. */
for (const [what, says, freshMs] of [
  ["that a key holds", done(KEY), 5_000],
  ["that it is none", done(null), 5_000],
  ["nothing", AWAY, 1_000],
] as const) {
  test(`what the cloud says is remembered for ${freshMs} ms: ${what}`, async () => {
    const { present, asked, pass } = cloudThat(says);
    await present();
    pass(freshMs - 1);
    await present();
    assert.equal(asked.length, 1);
    pass(1);
    await present();
    assert.equal(asked.length, 2);
  });
}

test("a key that was revoked there ends here within the memory's time", async () => {
  const { present, pass, nowSays } = cloudThat(done(KEY));
  assert.equal((await present()).credential.status, "verified");
  nowSays(done(null));
  pass(5_000);
  assert.deepEqual(await present(), unproven("unknown"));
});

test("a key that was verified is not let in on memory alone once the cloud is away", async () => {
  const { present, pass, nowSays } = cloudThat(done(KEY));
  await present();
  nowSays(AWAY);
  pass(5_000);
  assert.deepEqual(await present(), unproven("unverifiable"));
});

test("one key that many present at once is asked about once", async () => {
  const { present, asked } = cloudThat(done(KEY));
  const callers = await Promise.all(Array.from({ length: 50 }, () => present()));
  assert.equal(asked.length, 1);
  assert.equal(new Set(callers.map(({ credential }) => credential.id)).size, 1);
});

test("two callers at once have each their own", async () => {
  const { cloud } = cloudThat(done(KEY), {
    verify: async (key) => done({ ...KEY, user: key.reveal() }),
  });
  const texts = Array.from({ length: 30 }, (_, at) => `uk_key-number-${at % 3}`);
  const callers = await Promise.all(
    texts.map((text) => cloud.authenticate(createSecret(text), null)),
  );
  assert.deepEqual(
    callers.map(({ principal }) => principal.id),
    texts,
  );
});

test("keys that nobody knows neither push out one that holds nor are all kept", async () => {
  const { cloud, asked } = cloudThat(done(KEY), {
    verify: async (key) => {
      asked.push(key.reveal());
      return done(key.reveal() === TEXT ? KEY : null);
    },
  });
  const present = (text: string) => cloud.authenticate(createSecret(text), null);
  await present(TEXT);
  await present("uk_first-unknown");
  for (let at = 0; at < 1_024; at += 1) await present(`uk_unknown-${at}`);
  asked.length = 0;
  await present(TEXT);
  await present("uk_unknown-1023");
  assert.deepEqual(asked, []);
  await present("uk_first-unknown");
  assert.deepEqual(asked, ["uk_first-unknown"]);
});

test("of more keys at once than are asked about none is let in, and the cloud is not flooded", async () => {
  const answers = Promise.withResolvers<void>();
  let most = 0;
  const { cloud } = cloudThat(done(KEY), {
    verify: async () => {
      most += 1;
      await answers.promise;
      return done(KEY);
    },
  });
  const callers = Array.from({ length: 40 }, (_, at) =>
    cloud.authenticate(createSecret(`uk_key-number-${at}`), null),
  );
  answers.resolve();
  const statuses = (await Promise.all(callers)).map(({ credential }) => credential.status);
  assert.equal(most, 32);
  assert.equal(statuses.filter((status) => status === "unverifiable").length, 8);
});

const ISSUER = "https://issuer.example";
const isIssued = (text: string): boolean => issuerNamed(text) === ISSUER;
const tokenOf = (iss: string): string =>
  `eyJh.${Buffer.from(JSON.stringify({ iss })).toString("base64url")}.c2ln`;

/** Texts that are never asked about in the cloud. */
for (const text of [
  "kbk_0123456789abcdef_secret",
  "kbt_cut",
  "Bearer kbk_0123456789abcdef_secret",
  `"kbs_0123"`,
  tokenOf(ISSUER),
  tokenOf(ISSUER).replace(/\.c2ln$/, ""),
  "short",
  "with a space in it",
  "with-a\nline-in-it",
  "with-ümlaut-in-it",
  "x".repeat(4_097),
]) {
  test(`${JSON.stringify(text.slice(0, 30))} is never sent to the cloud`, async () => {
    const { present, asked } = cloudThat(done(KEY), { isIssued });
    assert.deepEqual(await present(text), unproven("unknown"));
    assert.deepEqual(asked, []);
  });
}

test("tokens of the issuer stay its own, and those of others may be keys of the cloud", async () => {
  const { cloud } = cloudThat(done(KEY), { isIssued });
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const tokens = onlyOf(isIssued, createUnverified("jwt", log));
  for (const [text, ofIssuer] of [
    [tokenOf(ISSUER), true],
    [tokenOf("https://other.example"), false],
    ["uk_a.key-of.three-parts", false],
  ] as const) {
    assert.deepEqual([tokens.recognises(text), cloud.recognises(text)], [ofIssuer, !ofIssuer]);
  }
});

test("a session that is named is told, and one that cannot be read lets nobody in", async () => {
  const { present } = cloudThat(done(KEY));
  const { user: _user, mac: _mac, ...stored } = SESSION;
  assert.deepEqual((await present(TEXT, "s1")).session, stored);
  assert.equal((await present(TEXT, "s2")).session, null);
  const away = cloudThat(done(KEY), {
    store: { session: async () => failed({ reason: "store_unavailable", detail: "away" }) },
  });
  assert.deepEqual(await away.present(TEXT, "s1"), unproven("unverifiable"));
});
