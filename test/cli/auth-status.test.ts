import assert from "node:assert/strict";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { withIssuer } from "../support/issuer.ts";
import { homeFor, keyIn, stopTime } from "./auth-home.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");

test("the status is that of the token over the key over the file's, with where it stands", async (context) => {
  const home = await homeFor(context);
  stopTime(context, NOW);
  const file = await keyIn(home, "--name file");
  const key = await keyIn(home, "--name key --user ada --expires 1d");
  const { token, id } = await home.json(`auth token generate --key ${key.id}`);
  await writeFile(join(home.folder, "c.json"), JSON.stringify({ api_key: file.key }));
  const holds = { status: "active", holds: true, reasons: [] };
  const line = "auth status --config c.json";
  const keyed = { KUBIYA_API_KEY: key.key };
  assert.deepEqual(await home.json(line, { ...keyed, KUBIYA_AUTH_TOKEN: token }), {
    ...{ source: "KUBIYA_AUTH_TOKEN", kind: "token", id, user: "ada", ...holds },
    expires_at: "2026-11-23T13:00:00.000Z",
  });
  assert.deepEqual(await home.json(line, keyed), {
    ...{ source: "KUBIYA_API_KEY", kind: "key", id: key.id, user: "ada", ...holds },
    expires_at: "2026-11-24T12:00:00.000Z",
  });
  assert.equal((await home.json(line)).source, "api_key");
  const ran = await home.kubiya(line, keyed);
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  assert.equal(
    ran.stdout,
    `source   KUBIYA_API_KEY
kind     key
id       ${key.id}
user     ada
status   active
expires  2026-11-24T12:00:00.000Z
holds    yes
`,
  );
});

test("a credential that does not hold is no, with policy's reason, and never shown", async (context) => {
  const home = await homeFor(context);
  stopTime(context, NOW);
  const expired = await keyIn(home, "--name a --expires 1h");
  const revoked = await keyIn(home, "--name b");
  const networked = await keyIn(home, "--name c --allowed-ip 10.0.0.0/8");
  const other = await keyIn(await homeFor(context));
  await home.kubiya(`auth key revoke ${revoked.id}`);
  const login = await home.json("auth login", { KUBIYA_API_KEY: networked.key });
  await home.kubiya(`auth session end ${login.id}`);
  context.mock.timers.setTime(NOW + 3_600_000);
  for (const [credential, status, code] of [
    [expired.key, "expired", "credential.expired"],
    [revoked.key, "revoked", "credential.revoked"],
    [networked.key, "active", "addresses.not_allowed"],
    [login.session, "revoked", "session.missing"],
    [login.session, "revoked", "session.expired"],
    [other.key, "unknown", "credential.unknown"],
    ["kbk_a-key-that-was-cut", "malformed", "credential.unknown"],
    ["a-key-of-the-cloud", "unknown", "credential.unknown"],
  ]) {
    const environment = { KUBIYA_AUTH_TOKEN: credential };
    const ran = await home.kubiya("auth status", environment);
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, new RegExp(`^status +${status}$`, "m"));
    assert.match(ran.stdout, /^holds +no$/m);
    assert.match(ran.stderr, new RegExp(`^${code}: `, "m"));
    const told = await home.json("auth status", environment);
    assert.equal(told.holds, false);
    assert.equal(`${ran.stdout}${ran.stderr}${JSON.stringify(told)}`.includes(credential), false);
  }
});

test("a token of the configured issuer is told as the server takes it: whose it is, and until when", (context) =>
  withIssuer(async (issuer) => {
    const home = await homeFor(context);
    const jwt = { issuer: issuer.url, audience: "kubiya", roles_claim: "groups" };
    const roles = { developer: { permissions: ["tools:list"] } };
    await writeFile(join(home.folder, "c.json"), JSON.stringify({ jwt, roles }));
    const nowS = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer.url, aud: "kubiya", sub: "ada", groups: ["developer"] };
    const status = async (changes: object): Promise<object> =>
      home.json("auth status --config c.json", {
        KUBIYA_AUTH_TOKEN: await issuer.sign({ ...claims, exp: nowS + 60, ...changes }),
      });
    const ada = { source: "KUBIYA_AUTH_TOKEN", kind: "jwt", id: "jwt:ada", user: "ada" };
    assert.deepEqual(await status({}), {
      ...{ ...ada, status: "active", holds: true, reasons: [] },
      expires_at: new Date((nowS + 60) * 1000).toISOString(),
    });
    assert.partialDeepStrictEqual(await status({ exp: nowS - 1 }), {
      ...{ ...ada, status: "expired", holds: false, reasons: [{ code: "credential.expired" }] },
    });
    assert.partialDeepStrictEqual(await status({ aud: "others" }), {
      ...{ status: "unknown", user: null, reasons: [{ code: "credential.unknown" }] },
    });
    issuer.answer({ status: 500, body: "" });
    const ran = await home.kubiya("auth status --config c.json", {
      KUBIYA_AUTH_TOKEN: await issuer.sign({ ...claims, exp: nowS + 60 }),
    });
    assert.equal(ran.code, 4);
    assert.match(ran.stdout, /^status +unverifiable$/m);
    assert.match(ran.stderr, /^credential\.unverifiable: .* try again in a moment/m);
  }));

for (const [what, credential, says] of [
  [
    "a key of the cloud",
    "a-key-of-the-cloud",
    /^KUBIYA_AUTH_TOKEN: .*keys of the Kubiya cloud are not asked about \(use a key of this server \(kubiya auth key create/m,
  ],
  [
    "a token of an issuer that is not configured",
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
    /^KUBIYA_AUTH_TOKEN: looks like a token of an external issuer, and none is configured \(name it in `jwt`\)$/m,
  ],
] as const) {
  test(`${what} is of a kind that is not verified here, and its status says what is missing`, async (context) => {
    const { kubiya } = await homeFor(context);
    const ran = await kubiya("auth status", { KUBIYA_AUTH_TOKEN: credential });
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, /^status +unknown$/m);
    assert.match(ran.stderr, says);
    assert.equal(`${ran.stdout}${ran.stderr}`.includes(credential), false);
  });
}

test("a clock that was set back revives nothing in what is shown either", async (context) => {
  const home = await homeFor(context);
  stopTime(context, NOW);
  const { id, key } = await keyIn(home, "--name ci --expires 1h");
  const shown = async (): Promise<readonly unknown[]> => [
    (await home.json("auth key list"))[0].status,
    (await home.json(`auth key show ${id}`)).status,
    (await home.json("auth status", { KUBIYA_API_KEY: key })).status,
  ];
  assert.deepEqual(await shown(), ["active", "active", "active"]);
  context.mock.timers.setTime(NOW + 7_200_000);
  await home.kubiya("auth key list");
  context.mock.timers.setTime(NOW + 1_800_000);
  assert.deepEqual(await shown(), ["expired", "expired", "expired"]);
});

test("without a credential the answer is no, and says where one belongs", async (context) => {
  const { kubiya, json } = await homeFor(context);
  const ran = await kubiya("auth status");
  assert.deepEqual([ran.code, ran.stdout], [1, ""]);
  assert.match(ran.stderr, /^there is no credential: set KUBIYA_API_KEY or KUBIYA_AUTH_TOKEN\n$/);
  assert.deepEqual((await json("auth status")).status, "absent");
});

test("asking for the status keeps no session alive", async (context) => {
  const home = await homeFor(context);
  stopTime(context, NOW);
  const { key } = await keyIn(home);
  const { session } = await home.json("auth login", { KUBIYA_API_KEY: key });
  context.mock.timers.setTime(NOW + 1_000_000);
  assert.equal((await home.kubiya("auth status", { KUBIYA_AUTH_TOKEN: session })).code, 0);
  const [open] = await home.json("auth session list");
  assert.equal(open.used_at, "2026-11-23T12:00:00.000Z");
});

test("a store, a pepper and a trail that cannot be used are outside, and say the mend", async (context) => {
  const spoilt: readonly (readonly [string, (state: string) => Promise<unknown>, RegExp])[] = [
    [
      "the pepper can be read by others",
      (state) => chmod(join(state, "pepper.json"), 0o644),
      /others can read .*pepper\.json; run: chmod 600/,
    ],
    [
      "the pepper is broken",
      (state) => writeFile(join(state, "pepper.json"), "{}"),
      /pepper\.json is not what was written there/,
    ],
    [
      "the store is no database",
      (state) =>
        writeFile(join(state, "store.sqlite"), "not a database, and long enough to be read"),
      /cannot .*store\.sqlite: .*restore it from a backup/,
    ],
    [
      "a file stands where the trail belongs",
      async (state) => {
        await rm(join(state, "audit"), { recursive: true });
        await writeFile(join(state, "audit"), "");
      },
      /cannot use the audit folder .*a file stands where a folder is needed/,
    ],
  ];
  for (const [what, spoil, says] of spoilt) {
    const home = await homeFor(context);
    await keyIn(home);
    await spoil(join(home.folder, ".kubiya", "mcp"));
    for (const line of ["auth key list", "auth key create --name b", "auth status"]) {
      const ran = await home.kubiya(line, { KUBIYA_API_KEY: "x" });
      assert.deepEqual([ran.code, ran.stdout], [4, ""], `${what}: ${line}`);
      assert.match(ran.stderr, says);
    }
  }
});

test("a configuration that cannot be used is that: no store is opened", async (context) => {
  const home = await homeFor(context);
  await mkdir(join(home.folder, ".kubiya"));
  await writeFile(join(home.folder, ".kubiya", "mcp-server.json"), '{"api_kee": "canary"}');
  const ran = await home.kubiya("auth key create --name ci");
  assert.deepEqual([ran.code, ran.stdout], [3, ""]);
  assert.match(ran.stderr, /did you mean api_key/);
  assert.doesNotMatch(ran.stderr, /canary/);
});
