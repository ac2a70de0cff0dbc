import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verification } from "../../src/credential/types.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import {
  createAuthenticate,
  createGapOf,
  createOwnCredentials,
} from "../../src/principal/authenticate.ts";
import { unproven } from "../../src/principal/caller.ts";
import type { Presented } from "../../src/principal/types.ts";
import { createUnverified } from "../../src/principal/unverified.ts";
import type { CredentialRow, SessionRow, StoreFailure } from "../../src/store/types.ts";
import { NOON, ROW } from "../credential/world.ts";

const KEY: CredentialRow = { ...ROW, mac: "" };
const TOKEN: CredentialRow = {
  ...KEY,
  id: "fedcba9876543210",
  kind: "token",
  roles: [],
  permissions: null,
  allowed_ips: null,
  parent: KEY.id,
};
const SESSION: SessionRow = {
  id: "s1",
  credential: KEY.id,
  user: "ada",
  started_ms: NOON - 10,
  used_ms: NOON - 5,
  idle_ms: 1_000,
  absolute_ms: 5_000,
  mac: "",
};

const UNREACHABLE = failed({ reason: "store_unavailable", detail: "it is away" } as const);

/** An authenticator of credentials that verify as this, with one stored session. */
function authenticating(
  verified: Outcome<Verification, StoreFailure>,
  session: Outcome<SessionRow | null, StoreFailure> = done(SESSION),
) {
  const lines: string[] = [];
  const silent = () => {};
  const own = createOwnCredentials({
    verify: async () => verified,
    store: {
      session: async (id) => (session.ok && session.value?.id !== id ? done(null) : session),
    },
    latest: (row) => row,
    clock: () => NOON,
    log: { debug: silent, info: silent, warn: silent, error: (line) => lines.push(line) },
  });
  return { authenticate: createAuthenticate([own]), lines };
}

function presenting(text: string, session: string | null = null): Presented {
  return { credential: createSecret(text), session };
}

const VERIFIED = { status: "verified", row: KEY, parent: null } as const;

test("a caller without a credential is anonymous, and none was given", async () => {
  const { authenticate } = authenticating(done(VERIFIED));
  const { principal, credential, session } = await authenticate({
    credential: null,
    session: null,
  });
  assert.equal(principal.kind, "anonymous");
  assert.equal(credential.status, "absent");
  assert.equal(session, null);
});

for (const status of ["malformed", "unknown"] as const) {
  test(`who presents one that is ${status} is nobody, and nothing else is told`, async () => {
    const { authenticate } = authenticating(done({ status }));
    const { principal, credential, session } = await authenticate(presenting("kbk_x", "s1"));
    assert.equal(principal.kind, "anonymous");
    assert.equal(session, null);
    const { status: told, ...rest } = credential;
    assert.equal(told, status);
    assert.deepEqual(new Set(Object.values(rest)), new Set([null]));
  });
}

test("a credential that no authenticator knows is unknown, never taken for none", async () => {
  const { authenticate } = authenticating(done(VERIFIED));
  const { credential } = await authenticate(presenting("a-key-of-the-cloud"));
  assert.equal(credential.status, "unknown");
});

test("a kind that cannot be verified is unknown to who presents it, and the log says what is missing", async () => {
  const said: unknown[] = [];
  const silent = () => {};
  const log = { debug: silent, warn: silent, error: silent };
  const rows = (["jwt", "wrapped", "cloud"] as const).map((kind) =>
    createUnverified(kind, { ...log, info: (line, facts) => said.push([line, facts?.["mend"]]) }),
  );
  const authenticate = createAuthenticate(rows);
  const gapOf = createGapOf(rows);
  for (const [text, mend] of [
    ["header.claims.signature", "name it in `jwt`"],
    [
      `Bearer kbk_${KEY.id}_x`,
      "begin with kbk_, kbt_ or kbs_, without a space, a quote or the word Bearer",
    ],
    [
      "a-key-of-the-cloud",
      "use a key of this server (kubiya auth key create --name NAME), or give the server one of the cloud as `api_key` to let in those of its organisation",
    ],
  ] as const) {
    assert.deepEqual(await authenticate(presenting(text, "s1")), unproven("unknown"));
    assert.deepEqual(said.pop(), ["a credential was refused", mend]);
    assert.equal(gapOf(createSecret(text))?.mend, mend);
  }
});

test("a key stands for its user, with what it is limited to", async () => {
  const { authenticate } = authenticating(done(VERIFIED));
  const { principal, credential, session } = await authenticate(presenting("kbk_x"));
  assert.deepEqual(principal, {
    kind: "user",
    id: "ada",
    roles: ["developer"],
    permissions: ["tools:list"],
    claims: {},
  });
  assert.deepEqual(credential, {
    status: "verified",
    id: KEY.id,
    kind: "key",
    created_ms: KEY.created_ms,
    expires_ms: KEY.expires_ms,
    revoked_ms: null,
    allowed_ips: ["10.0.0.0/8"],
    allow_stdio: false,
    parent: null,
    sessions: null,
  });
  assert.equal(session, null);
});

test("a token has its key's roles, its own permissions, and tells its key's", async () => {
  const { authenticate } = authenticating(done({ ...VERIFIED, row: TOKEN, parent: KEY }));
  const { principal, credential } = await authenticate(presenting("kbt_x"));
  assert.deepEqual([principal.roles, principal.permissions], [["developer"], null]);
  assert.deepEqual(credential.parent?.permissions, ["tools:list"]);
  assert.deepEqual(credential.parent?.allowed_ips, ["10.0.0.0/8"]);
  assert.equal(credential.allowed_ips, null);
});

test("of a key that was rotated, and of its children, the successor is told", async () => {
  const rotated = { ...KEY, replaced_by: "0000000000000002" };
  for (const [verified, successor] of [
    [VERIFIED, null],
    [{ ...VERIFIED, row: rotated }, rotated.replaced_by],
    [{ ...VERIFIED, row: TOKEN, parent: KEY }, null],
    [{ ...VERIFIED, row: TOKEN, parent: rotated }, rotated.replaced_by],
  ] as const) {
    const { authenticate } = authenticating(done(verified));
    assert.equal((await authenticate(presenting("kbk_x"))).replaced_by, successor);
  }
});

test("a session that is named is told as it is stored; one that is not there is none", async () => {
  const { authenticate } = authenticating(done(VERIFIED));
  const { user: _user, mac: _mac, ...stored } = SESSION;
  assert.deepEqual((await authenticate(presenting("kbk_x", "s1"))).session, stored);
  assert.equal((await authenticate(presenting("kbk_x", "s2"))).session, null);
});

test("a session that is the credential is its own record, whatever is named beside it", async () => {
  const row: CredentialRow = { ...TOKEN, id: "s1", kind: "session" };
  const { authenticate } = authenticating(done({ ...VERIFIED, row, parent: KEY }));
  assert.equal((await authenticate(presenting("kbs_x", "s2"))).session?.id, "s1");
});

test("when the store is away nobody is let in, and it is said", async () => {
  for (const { authenticate, lines } of [
    authenticating(UNREACHABLE),
    authenticating(done(VERIFIED), UNREACHABLE),
  ]) {
    const { principal, credential } = await authenticate(presenting("kbk_x", "s1"));
    assert.deepEqual([principal.kind, credential.status], ["anonymous", "unverifiable"]);
    assert.equal(lines.length, 1);
  }
});
