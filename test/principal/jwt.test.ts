import assert from "node:assert/strict";
import { test } from "node:test";
import { generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { done, failed } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { createGetJson } from "../../src/outbound/get-json.ts";
import type { GetJson } from "../../src/outbound/types.ts";
import { createAuthenticate } from "../../src/principal/authenticate.ts";
import { createJwt } from "../../src/principal/jwt.ts";
import { createIssuerKeys, KeysUnavailable } from "../../src/principal/keys.ts";
import type { Caller } from "../../src/principal/types.ts";
import type { SessionRow } from "../../src/store/types.ts";
import { type Issuer, withIssuer } from "../support/issuer.ts";

const NOW_S = 1_795_435_200;
const SESSION: SessionRow = {
  ...{ id: "s1", credential: "jwt:ada", user: "ada" },
  ...{ started_ms: 0, used_ms: 0, idle_ms: 1_000, absolute_ms: 5_000, mac: "" },
};

/** A server that knows tokens of this issuer; the clock can be moved. */
interface Server {
  readonly present: (token: string, session?: string) => Promise<Caller>;
  readonly wait: (ms: number) => void;
  /** How often a signature was checked. */
  readonly checks: () => number;
  readonly lines: readonly string[];
}

function serving(issuer: Issuer, jwks_uri: string | null = null, storeWorks = true): Server {
  let now = NOW_S * 1000;
  const lines: string[] = [];
  const silent = () => {};
  const log = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (line: string) => lines.push(line),
  };
  const setting = {
    ...{ issuer: issuer.url, audience: "kubiya", jwks_uri },
    ...{ user_claim: "sub", roles_claim: "groups" },
  };
  const clock = () => now;
  const away = failed({ reason: "store_unavailable", detail: "away" } as const);
  const findKey = createIssuerKeys(
    setting,
    createGetJson({ http: null, https: null, none: null }),
    clock,
  );
  let checks = 0;
  const jwt = createJwt({
    setting,
    findKey: (...of) => {
      checks += 1;
      return findKey(...of);
    },
    store: {
      session: async (id) => (storeWorks ? done(id === SESSION.id ? SESSION : null) : away),
    },
    latest: (row) => row,
    ...{ clock, stopwatch: clock, log },
  });
  const authenticate = createAuthenticate([jwt]);
  return {
    present: (token, session) =>
      authenticate({ credential: createSecret(token), session: session ?? null }),
    wait: (ms) => {
      now += ms;
    },
    checks: () => checks,
    lines,
  };
}

/** The claims of a token that counts. */
function claims(issuer: Issuer, changes: JWTPayload = {}): JWTPayload {
  return {
    ...{ iss: issuer.url, aud: "kubiya", sub: "ada", groups: ["developer"] },
    ...{ iat: NOW_S - 10, exp: NOW_S + 60 },
    ...changes,
  };
}

test("a token stands for the user and the roles that its claims name", () =>
  withIssuer(async (issuer) => {
    const { principal, credential, session } = await serving(issuer).present(
      await issuer.sign(claims(issuer)),
    );
    assert.deepEqual(principal, {
      ...{ kind: "user", id: "ada", roles: ["developer"], permissions: null },
      claims: claims(issuer),
    });
    assert.deepEqual(credential, {
      ...{ status: "verified", id: "jwt:ada", kind: "jwt" },
      ...{ created_ms: (NOW_S - 10) * 1000, expires_ms: (NOW_S + 60) * 1000, revoked_ms: null },
      ...{ allowed_ips: null, allow_stdio: null, sessions: null, parent: null },
    });
    assert.equal(session, null);
  }));

test("a session that is named is told beside the token", () =>
  withIssuer(async (issuer) => {
    const caller = await serving(issuer).present(await issuer.sign(claims(issuer)), "s1");
    assert.equal(caller.session?.credential, "jwt:ada");
  }));

test("one role may be written as a text; what is none is left out", () =>
  withIssuer(async (issuer) => {
    const server = serving(issuer);
    for (const [groups, roles] of [
      ["viewer", ["viewer"]],
      [undefined, []],
      [
        ["a", 7, null, "b"],
        ["a", "b"],
      ],
      [{ a: 1 }, []],
    ] as const) {
      const token = await issuer.sign(claims(issuer, { groups }));
      assert.deepEqual((await server.present(token)).principal.roles, roles);
    }
  }));

test("a token that is over is verified, and its end is told: policies say that it is over", () =>
  withIssuer(async (issuer) => {
    const token = await issuer.sign(claims(issuer, { exp: NOW_S - 1 }));
    const { credential, principal } = await serving(issuer).present(token);
    assert.deepEqual(
      [credential.status, credential.expires_ms, principal.id],
      ["verified", (NOW_S - 1) * 1000, "ada"],
    );
  }));

/** Tokens that do not count, whatever else they say. */
const FOREIGN: readonly (readonly [string, (issuer: Issuer) => Promise<string>])[] = [
  ["of another issuer", (issuer) => issuer.sign(claims(issuer, { iss: "https://evil.example" }))],
  ["for another audience", (issuer) => issuer.sign(claims(issuer, { aud: "other" }))],
  [
    "for nobody in particular",
    async (issuer) => {
      const { aud: _, ...rest } = claims(issuer);
      return issuer.sign(rest);
    },
  ],
  ["over, for another audience", (issuer) => issuer.sign(claims(issuer, { aud: "x", exp: 1 }))],
  [
    "without an end",
    async (issuer) => {
      const { exp: _, ...rest } = claims(issuer);
      return issuer.sign(rest);
    },
  ],
  ["without a user", (issuer) => issuer.sign(claims(issuer, { sub: "" }))],
  ["not valid yet", (issuer) => issuer.sign(claims(issuer, { nbf: NOW_S + 60 }))],
  [
    "signed by somebody else",
    async (issuer) => {
      const { privateKey } = await generateKeyPair("ES256");
      const header = { alg: "ES256", kid: "key1" };
      return new SignJWT(claims(issuer)).setProtectedHeader(header).sign(privateKey);
    },
  ],
  [
    "signed with a secret",
    (issuer) =>
      new SignJWT(claims(issuer))
        .setProtectedHeader({ alg: "HS256", kid: "key1" })
        .sign(new TextEncoder().encode("k".repeat(32))),
  ],
  [
    "not signed at all",
    async (issuer) => {
      const part = (value: object): string =>
        Buffer.from(JSON.stringify(value)).toString("base64url");
      return `${part({ alg: "none" })}.${part(claims(issuer))}.x`;
    },
  ],
  [
    "changed after it was signed",
    async (issuer) => {
      const [header, , signature] = (await issuer.sign(claims(issuer))).split(".");
      const other = Buffer.from(JSON.stringify(claims(issuer, { sub: "root" }))).toString(
        "base64url",
      );
      return `${header}.${other}.${signature}`;
    },
  ],
];

for (const [what, make] of FOREIGN) {
  test(`a token that is ${what} is unknown, and nothing of it is told`, () =>
    withIssuer(async (issuer) => {
      const { principal, credential } = await serving(issuer).present(await make(issuer));
      assert.deepEqual(
        [principal.kind, principal.roles, credential.status],
        ["anonymous", [], "unknown"],
      );
    }));
}

for (const [ms, checks] of [
  [999, 1],
  [1_000, 2],
] as const) {
  test(`after ${ms} ms the signature of a token has been checked ${checks} times`, () =>
    withIssuer(async (issuer) => {
      const server = serving(issuer);
      const token = await issuer.sign(claims(issuer, { exp: NOW_S + 0.5 }));
      const first = await server.present(token);
      server.wait(ms);
      // That it has ended in the meantime is for policies to say.
      assert.deepEqual(await server.present(token), first);
      assert.equal(server.checks(), checks);
    }));
}

test("what is no token of the issuer is checked each time, and beside one that is", () =>
  withIssuer(async (issuer) => {
    const server = serving(issuer);
    const token = await issuer.sign(claims(issuer));
    await server.present(token);
    const forged = `${token.slice(0, token.lastIndexOf("."))}.${"A".repeat(86)}`;
    for (let at = 0; at < 2; at += 1) {
      assert.equal((await server.present(forged)).credential.status, "unknown");
    }
    assert.equal(server.checks(), 3);
  }));

test("keys come from the configured place, whatever a token says", () =>
  withIssuer(async (issuer) =>
    withIssuer(async (evil) => {
      const header = { jku: `${evil.url}/keys`, x5u: `${evil.url}/keys` };
      const server = serving(issuer, `${issuer.url}/keys`);
      const token = await evil.sign(claims(issuer), header);
      assert.equal((await server.present(token)).credential.status, "unknown");
      assert.deepEqual(evil.asked, []);
      assert.deepEqual(issuer.asked, ["/keys"]);
    }),
  ));

test("keys are asked for once, also by many at once, and anew after ten minutes", () =>
  withIssuer(async (issuer) => {
    const server = serving(issuer, `${issuer.url}/keys`);
    const token = await issuer.sign(claims(issuer, { exp: NOW_S + 10_000 }));
    await Promise.all(Array.from({ length: 10 }, () => server.present(token)));
    await server.present(token);
    assert.equal(issuer.asked.length, 1);
    server.wait(600_000);
    await server.present(token);
    assert.equal(issuer.asked.length, 2);
  }));

test("a key that is new is found, but strangers cannot have the issuer asked again and again", () =>
  withIssuer(async (issuer) => {
    const server = serving(issuer, `${issuer.url}/keys`);
    await server.present(await issuer.sign(claims(issuer)));
    await issuer.rotate();
    const rotated = await issuer.sign(claims(issuer));
    assert.equal((await server.present(rotated)).credential.status, "unknown");
    assert.equal(issuer.asked.length, 1);
    server.wait(30_000);
    assert.equal((await server.present(rotated)).credential.status, "verified");
    assert.equal(issuer.asked.length, 2);
  }));

for (const [what, answer] of [
  ["answers with an error", { status: 500, body: "{}" }],
  ["redirects", { status: 302, body: "" }],
  ["does not answer with JSON", { status: 200, body: "<html>" }],
  ["answers without keys", { status: 200, body: "{}" }],
  ["answers without end", { status: 200, body: "x".repeat(300_000) }],
] as const) {
  test(`while the issuer ${what}, nobody's token can be verified, and it is said`, () =>
    withIssuer(async (issuer) => {
      const token = await issuer.sign(claims(issuer));
      issuer.answer(answer);
      const server = serving(issuer, `${issuer.url}/keys`);
      assert.equal((await server.present(token)).credential.status, "unverifiable");
      // An issuer that does not answer is left alone for a moment.
      assert.equal((await server.present(token)).credential.status, "unverifiable");
      assert.equal(issuer.asked.length, 1);
      server.wait(2_000);
      issuer.answer(null);
      assert.equal((await server.present(token)).credential.status, "verified");
    }));
}

test("keys that the metadata has at an address which anybody can write to are not fetched", () =>
  withIssuer(async (issuer) => {
    const token = await issuer.sign(claims(issuer));
    for (const jwks_uri of ["http://keys.example/keys", "file:///keys", "not an address"]) {
      issuer.answer({ status: 200, body: JSON.stringify({ issuer: issuer.url, jwks_uri }) });
      assert.equal((await serving(issuer).present(token)).credential.status, "unverifiable");
    }
  }));

test("keys are asked for as what wrote their address: the operator, or the issuer", async () => {
  const issuer = "https://issuer.example";
  const found = "https://keys.example/found";
  for (const [jwks_uri, expected] of [
    [null, [`operator ${issuer}/.well-known/openid-configuration`, `server ${found}`]],
    ["https://keys.example/written", ["operator https://keys.example/written"]],
  ] as const) {
    const asked: string[] = [];
    const getJson: GetJson = async (url, writtenBy) => {
      asked.push(`${writtenBy} ${url}`);
      return done({ issuer, jwks_uri: found });
    };
    const findKey = createIssuerKeys({ issuer, jwks_uri }, getJson, () => 0);
    const token = { payload: "", signature: "" };
    await assert.rejects(async () => findKey({ alg: "ES256" }, token), KeysUnavailable);
    assert.deepEqual(asked, expected);
  }
});

test("metadata of another issuer leads to no keys", () =>
  withIssuer(async (issuer) => {
    const token = await issuer.sign(claims(issuer));
    const body = JSON.stringify({ issuer: "https://evil.example", jwks_uri: `${issuer.url}/keys` });
    issuer.answer({ status: 200, body });
    assert.equal((await serving(issuer).present(token)).credential.status, "unverifiable");
    assert.deepEqual(issuer.asked, ["/.well-known/openid-configuration"]);
  }));

test("while the store is away a token is not taken with the session that it names", () =>
  withIssuer(async (issuer) => {
    const token = await issuer.sign(claims(issuer));
    const server = serving(issuer, null, false);
    assert.equal((await server.present(token, "s1")).credential.status, "unverifiable");
  }));
