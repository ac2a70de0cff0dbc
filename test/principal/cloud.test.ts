import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { inspect } from "node:util";
import { test } from "node:test";
import type { CloudKey, KubiyaFailure } from "../../src/kubiya/types.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import { issuerNamed } from "../../src/lib/issuer-named.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { createAuthenticate } from "../../src/principal/authenticate.ts";
import { unproven } from "../../src/principal/caller.ts";
import { type CloudParts, createCloudCredentials } from "../../src/principal/cloud.ts";
import type { SessionRow } from "../../src/store/types.ts";
import { NOON } from "../credential/world.ts";

type Says = Outcome<CloudKey | null, KubiyaFailure>;

const KEY: CloudKey = {
  ...{ id: "k1", organization: "acme", user: "ada@example" },
  ...{ scopes: ["tasks:execute", "agents:read"], expires_ms: null },
};
const ENDPOINT = "GET /api/v1/auth/validate";
const AWAY: Outcome<never, KubiyaFailure> = failed({
  ...{ reason: "kubiya_unreachable", endpoint: ENDPOINT },
  detail: "api.example cannot be reached: ECONNREFUSED",
});
const OWN = "uk_the-servers-own-key";
const TEXT = "uk_somebodys-key";
const SESSION: SessionRow = {
  ...{ id: "s1", credential: "cloud:k1", user: "ada@example", mac: "" },
  ...{ started_ms: NOON - 10, used_ms: NOON - 5, idle_ms: 1_000, absolute_ms: 5_000 },
};

/** A cloud in which the server's own key is one of `acme`, and any other is what it says until it says otherwise. */
function cloudThat(says: Says, given: Partial<CloudParts> & { readonly home?: Says } = {}) {
  const { home = done({ ...KEY, id: "own", user: "server@example" }), ...parts } = given;
  let answer = says;
  let nowMs = 0;
  const asked: string[] = [];
  const said: unknown[] = [];
  const keep = (...line: readonly unknown[]): void => void said.push(line);
  const cloud = createCloudCredentials({
    verify: async (key) => {
      if (key.reveal() === OWN) return home;
      asked.push(key.reveal());
      return answer;
    },
    own: () => [createSecret(OWN)],
    scopes: { "tasks:execute": ["tools:list", "tools:execute"], both: ["tools:list"] },
    isIssued: () => false,
    memoryKey: createSecretKey(new Uint8Array(32)),
    store: { session: async (id) => done(id === SESSION.id ? SESSION : null) },
    latest: (row) => row,
    clock: () => NOON,
    stopwatch: () => nowMs,
    log: { debug: keep, info: keep, warn: keep, error: keep },
    ...parts,
  });
  const authenticate = createAuthenticate([cloud]);
  return {
    cloud,
    asked,
    said,
    present: (text = TEXT, session: string | null = null) =>
      authenticate({ credential: createSecret(text), session }),
    pass: (ms: number) => (nowMs += ms),
    nowSays: (other: Says) => (answer = other),
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

for (const scopes of [
  [],
  ["*"],
  ["tools:execute"],
  ["unheard:of"],
  ["constructor", "__proto__", "toString"],
]) {
  test(`the scopes ${JSON.stringify(scopes)} stand for nothing here: no limit they never are`, async () => {
    const { present } = cloudThat(done({ ...KEY, scopes }));
    assert.deepEqual((await present()).principal.permissions, []);
  });
}

test("a permission that two scopes stand for is had once", async () => {
  const { present } = cloudThat(done({ ...KEY, scopes: ["both", "tasks:execute"] }));
  assert.deepEqual((await present()).principal.permissions, ["tools:list", "tools:execute"]);
});

test("the end that the cloud tells of a key is told to policies, also when it has come", async () => {
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

/** Why the cloud gave nothing, and what the log says of it. */
const FAILURES: readonly (readonly [KubiyaFailure, RegExp])[] = [
  [AWAY.failure, /ECONNREFUSED/],
  [{ reason: "kubiya_unauthorized", endpoint: ENDPOINT, status: 403 }, /403/],
  [{ reason: "kubiya_busy", endpoint: ENDPOINT, retryAfterSeconds: 7 }, /kubiya_busy/],
  [
    { reason: "kubiya_refused", endpoint: ENDPOINT, status: 500, message: `no: ${TEXT}` },
    /auth\/validate.*500/,
  ],
  [
    { reason: "kubiya_unexpected", endpoint: ENDPOINT, field: "scopes", detail: "is missing" },
    /is missing/,
  ],
  [{ reason: "kubiya_too_much", endpoint: ENDPOINT, allowedBytes: 1 }, /kubiya_too_much/],
  [{ reason: "timed_out", afterMs: 5_000, stderr: "" }, /timed_out/],
  [{ reason: "cancelled", stderr: "" }, /cancelled/],
];

for (const [failure, line] of FAILURES) {
  test(`where the cloud cannot say nobody is let in, and the log says why: ${inspect(line)}`, async () => {
    const { present, said } = cloudThat(failed(failure));
    assert.deepEqual(await present(TEXT, "s1"), unproven("unverifiable"));
    assert.match(JSON.stringify(said), /a key of the Kubiya cloud cannot be verified/);
    assert.match(JSON.stringify(said), line);
    assert.doesNotMatch(inspect(said, { depth: null }), new RegExp(TEXT));
  });
}

/** Keys that hold in the cloud, the server's own there, and what becomes of the first. */
const HOMES: readonly (readonly [string, Says, Says, "verified" | "unknown" | "unverifiable"])[] = [
  ["of the same organisation", done(KEY), done(KEY), "verified"],
  ["of another one", done({ ...KEY, organization: "evil" }), done(KEY), "unknown"],
  ["of one that is not told", done({ ...KEY, organization: null }), done(KEY), "unknown"],
  [
    "and the server's own is of none",
    done(KEY),
    done({ ...KEY, organization: null }),
    "unverifiable",
  ],
  [
    "of none, and neither is the server's own",
    ...([done({ ...KEY, organization: null }), done({ ...KEY, organization: null })] as const),
    "unverifiable",
  ],
  ["and the server's own is none", done(KEY), done(null), "unverifiable"],
  ["and of the server's own nobody can say", done(KEY), AWAY, "unverifiable"],
];

for (const [what, key, home, status] of HOMES) {
  test(`a key ${what}: ${status}`, async () => {
    const { present, said } = cloudThat(key, { home });
    assert.equal((await present()).credential.status, status);
    assert.doesNotMatch(inspect(said, { depth: null }), new RegExp(`${TEXT}|${OWN}`));
    if (status === "unverifiable") assert.match(JSON.stringify(said), /own key|ECONNREFUSED/);
  });
}

test("the server's own key is let in whatever the cloud says of organisations, and only if it holds", async () => {
  for (const organization of [null, "acme"]) {
    const { present } = cloudThat(done(null), { home: done({ ...KEY, organization }) });
    assert.equal((await present(OWN)).principal.id, "ada@example");
  }
  assert.deepEqual(
    await cloudThat(done(null), { home: done(null) }).present(OWN),
    unproven("unknown"),
  );
});

/** What the cloud says, and for how long it is not asked again. */
for (const [what, says, freshMs] of [
  ["that a key holds", done(KEY), 5_000],
  ["that it is none", done(null), 2_000],
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

test("an answer that was long in coming is not remembered for longer than one that came at once", async () => {
  let nowMs = 0;
  let times = 0;
  const { present } = cloudThat(done(KEY), {
    stopwatch: () => nowMs,
    verify: async (key) => {
      times += key.reveal() === TEXT ? 1 : 0;
      nowMs += 3_000;
      return done(KEY);
    },
  });
  await present();
  nowMs = 5_000;
  await present();
  assert.equal(times, 2);
});

test("a key that was revoked there, or whose holder left, ends here within the memory's time", async () => {
  for (const gone of [done(null), done({ ...KEY, organization: "evil" })]) {
    const { present, pass, nowSays } = cloudThat(done(KEY));
    assert.equal((await present()).credential.status, "verified");
    nowSays(gone);
    pass(5_000);
    assert.deepEqual(await present(), unproven("unknown"));
  }
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
  assert.deepEqual(new Set(callers.map(({ credential }) => credential.id)), new Set(["cloud:k1"]));
});

test("two callers at once have each their own", async () => {
  const { present } = cloudThat(done(KEY), {
    verify: async (key) => done({ ...KEY, user: key.reveal() }),
  });
  const texts = Array.from({ length: 30 }, (_, at) => `uk_key-number-${at % 3}`);
  const callers = await Promise.all(texts.map((text) => present(text)));
  assert.deepEqual(
    callers.map(({ principal }) => principal.id),
    texts,
  );
});

test("keys that nobody knows neither push out one that holds nor are all kept", async () => {
  const { present, asked } = cloudThat(done(KEY), {
    verify: async (key) => {
      asked.push(key.reveal());
      return done([TEXT, OWN].includes(key.reveal()) ? KEY : null);
    },
  });
  await present();
  await present("uk_first-unknown");
  for (let at = 0; at < 1_024; at += 1) await present(`uk_unknown-${at}`);
  asked.length = 0;
  await present();
  await present("uk_unknown-1023");
  assert.deepEqual(asked, []);
  await present("uk_first-unknown");
  assert.deepEqual(asked, ["uk_first-unknown"]);
});

test("of more keys at once than are asked about none is let in, and that is forgotten at once", async () => {
  const answers = Promise.withResolvers<void>();
  const asked: string[] = [];
  const { present } = cloudThat(done(KEY), {
    verify: async (key) => {
      if (key.reveal() !== OWN) asked.push(key.reveal());
      await answers.promise;
      return done(KEY);
    },
  });
  const texts = Array.from({ length: 40 }, (_, at) => `uk_key-number-${at}`);
  const callers = texts.map((text) => present(text));
  const refused = await Promise.all(callers.slice(32));
  assert.deepEqual(asked, texts.slice(0, 32));
  assert.deepEqual(refused, Array(8).fill(unproven("unverifiable")));
  answers.resolve();
  for (const { credential } of await Promise.all(callers))
    assert.notEqual(credential.status, "unknown");
  assert.equal((await present("uk_key-number-39")).credential.status, "verified");
});

test("a check that throws lets nobody in, holds no place, and is not remembered", async () => {
  let fails = true;
  const { present } = cloudThat(done(KEY), {
    verify: async () => {
      if (fails) throw new Error("a bug");
      return done(KEY);
    },
  });
  for (let at = 0; at < 40; at += 1) await assert.rejects(present(), /a bug/);
  fails = false;
  assert.equal((await present()).credential.status, "verified");
});

test("a cloud that does not answer is given up after 5 s", async (context) => {
  // @ts-expect-error: Node's types do not know this one yet.
  context.mock.timers.enable({ apis: ["AbortSignal.timeout"] });
  const { present, said } = cloudThat(done(KEY), {
    verify: async (_key, { signal }) => {
      await new Promise((given) => signal.addEventListener("abort", given));
      return failed({ reason: "timed_out", afterMs: 5_000, stderr: "" });
    },
  });
  const caller = present();
  context.mock.timers.tick(4_999);
  await Promise.resolve();
  assert.deepEqual(said, []);
  context.mock.timers.tick(1);
  assert.deepEqual(await caller, unproven("unverifiable"));
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
  `"kbs_0123456789abcdef_secret"`,
  "KBK_0123456789ABCDEF_SECRET",
  "xkbk_0123456789abcdef_secret",
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
  for (const [text, mayBe] of [
    [tokenOf(ISSUER), false],
    [tokenOf("https://other.example"), true],
    ["uk_a.key-of.three-parts", true],
  ] as const) {
    assert.equal(cloud.recognises(text), mayBe);
  }
});

/** What a server may have as its own `api_key`. */
for (const own of [null, "kbk_0123456789abcdef_secret", "short", tokenOf(ISSUER)]) {
  test(`nothing goes to the cloud where the server's own key is ${own?.slice(0, 12) ?? "none"}`, async () => {
    const { present, asked } = cloudThat(done(KEY), {
      isIssued,
      own: () => (own === null ? [] : [createSecret(own)]),
    });
    assert.deepEqual(await present(), unproven("unknown"));
    assert.deepEqual(asked, []);
  });
}

test("of the server's own credentials the first that may be a cloud key says whose count", async () => {
  const texts = ["kbk_0123456789abcdef_secret", OWN, "uk_of-another-company"];
  const { present } = cloudThat(done(KEY), { own: () => texts.map(createSecret) });
  assert.equal((await present()).credential.status, "verified");
});

test("a server's own key that is changed, or taken away, counts at once", async () => {
  let own: string | null = OWN;
  const { present } = cloudThat(done(KEY), {
    own: () => (own === null ? [] : [createSecret(own)]),
    verify: async (key) =>
      done({ ...KEY, organization: key.reveal() === "uk_of-another-company" ? "other" : "acme" }),
  });
  assert.equal((await present()).credential.status, "verified");
  own = "uk_of-another-company";
  assert.deepEqual(await present(), unproven("unknown"));
  own = null;
  assert.deepEqual(await present(), unproven("unknown"));
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
