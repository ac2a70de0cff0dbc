import assert from "node:assert/strict";
import { test } from "node:test";
import { createVerifyCloudKey } from "../../src/kubiya/verify.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { withCloud } from "../support/cloud.ts";
import { ASKING, HANGING_UP, partsFor, refusing, saying } from "./world.ts";

const KEY = "uk_somebodys-key";
const ME = { id: "u1", email: "ada@example", scopes: ["agents:read"] };

const READS = { scopes: ["agents:read"], expires_ms: null } as const;

/** What the cloud says of a key, and what is known of it then. */
const KEYS = [
  [
    "its own id, an owner and scopes",
    { valid: true, key_id: "k1" },
    ME,
    {
      id: "k1",
      organization: null,
      user: "ada@example",
      scopes: ["agents:read"],
      expires_ms: null,
    },
  ],
  [
    "no id: its owner is taken",
    { valid: true },
    ME,
    {
      id: "ada@example",
      organization: null,
      user: "ada@example",
      scopes: ["agents:read"],
      expires_ms: null,
    },
  ],
  [
    "an end",
    { valid: true, key_id: "k1", expires_at: "2026-11-23T12:00:00.000Z" },
    ME,
    {
      id: "k1",
      organization: null,
      user: "ada@example",
      scopes: ["agents:read"],
      expires_ms: 1_795_435_200_000,
    },
  ],
  [
    "an owner who is an object, without an e-mail address",
    { valid: true },
    { user: { uuid: "u2" }, permissions: [] },
    { id: "u2", organization: null, user: "u2", scopes: [], expires_ms: null },
  ],
  [
    "scopes of the key and of its owner: it has what is in both",
    { valid: true, key_id: "k1", scopes: ["agents:read", "tasks:execute"] },
    { ...ME, scopes: ["admin", "agents:read"] },
    {
      id: "k1",
      organization: null,
      user: "ada@example",
      scopes: ["agents:read"],
      expires_ms: null,
    },
  ],
  [
    "its own text as its id, which is not taken",
    { valid: true, key_id: KEY },
    ME,
    {
      id: "ada@example",
      organization: null,
      user: "ada@example",
      scopes: ["agents:read"],
      expires_ms: null,
    },
  ],
  [
    "its organisation, as the whole answer that is documented",
    { id: "acme", name: "Acme", slug: "acme", user_id: "u1", user_email: "ada@example" },
    ME,
    { id: "ada@example", organization: "acme", user: "ada@example", ...READS },
  ],
  ...[
    { organization: { id: "acme", name: "x" } },
    { organization: { uuid: "acme" } },
    { org: { id: "acme" } },
    { organization_id: "acme" },
    { org_id: "acme" },
  ].flatMap((told) => {
    const known = { id: "k1", organization: "acme", user: "ada@example", ...READS };
    const said = JSON.stringify(told);
    return [
      [`its organisation as ${said}`, { valid: true, key_id: "k1", ...told }, ME, known] as const,
      [`its owner's as ${said}`, { valid: true, key_id: "k1" }, { ...ME, ...told }, known] as const,
      [
        `that of a user as ${said}`,
        { valid: true, key_id: "k1" },
        { user: { ...ME, ...told }, scopes: ME.scopes },
        known,
      ] as const,
    ];
  }),
  [
    "what may be a name, which anybody can give their organisation",
    { valid: true, key_id: "k1", organization: "Acme", org: { name: "Acme" } },
    ME,
    { id: "k1", organization: null, user: "ada@example", ...READS },
  ],
  ["that it is not valid", { valid: false, key_id: "k1" }, ME, null],
] as const;

for (const [what, validate, me, value] of KEYS) {
  test(`of a key the cloud may say ${what}`, async () => {
    await withCloud(async (cloud) => {
      cloud.keys.set(KEY, { validate, me });
      const verify = createVerifyCloudKey(partsFor(cloud));
      assert.deepEqual(await verify(createSecret(KEY), ASKING), { ok: true, value });
    });
  });
}

test("a key that the cloud does not know is none", async () => {
  await withCloud(async (cloud) => {
    const verify = createVerifyCloudKey(partsFor(cloud));
    assert.deepEqual(await verify(createSecret("uk_unknown"), ASKING), { ok: true, value: null });
  });
});

/** What does not fit, the endpoint and the field that are named. */
const UNFIT = [
  [{ valid: "true" }, ME, "validate", "valid"],
  [{ valid: null }, ME, "validate", "valid"],
  [[], ME, "validate", ""],
  [{ valid: true }, { scopes: [] }, "me", "email"],
  [{ valid: true }, { ...ME, scopes: undefined }, "me", "scopes"],
  [{ valid: true }, { ...ME, scopes: "admin" }, "me", "scopes"],
  [{ valid: true }, { ...ME, scopes: ["admin", 1] }, "me", "scopes"],
  [{ valid: true, scopes: {} }, ME, "me", "scopes"],
  [{ valid: true, expires_at: "soon" }, ME, "validate", "expires_at"],
  [{ valid: true, expires_at: 17 }, ME, "validate", "expires_at"],
  [{ valid: true }, { email: KEY, scopes: [] }, "me", "email"],
  [{ valid: true, org_id: "acme" }, { ...ME, org_id: "evil" }, "me", "organization"],
  [{ valid: true, org_id: "acme", organization: { id: "evil" } }, ME, "me", "organization"],
  [{ valid: true, org_id: 17 }, ME, "me", "organization"],
  [{ valid: true, org_id: "" }, ME, "me", "organization"],
  [{ valid: true, org_id: KEY }, ME, "me", "organization"],
] as const;

for (const [validate, me, endpoint, field] of UNFIT) {
  test(`what the cloud says of a key is taken only where it fits: ${JSON.stringify([validate, me])}`, async () => {
    await withCloud(async (cloud) => {
      cloud.keys.set(KEY, { validate, me });
      const verified = await createVerifyCloudKey(partsFor(cloud))(createSecret(KEY), ASKING);
      assert.ok(!verified.ok && verified.failure.reason === "kubiya_unexpected");
      const { failure } = verified;
      assert.deepEqual([failure.endpoint, failure.field], [`GET /api/v1/auth/${endpoint}`, field]);
      assert.doesNotMatch(JSON.stringify(failure), new RegExp(KEY));
    });
  });
}

for (const [what, behaviour] of [
  ["fails", refusing(500)],
  ["hangs up", HANGING_UP],
  ["forbids to ask", refusing(403)],
  ["answers something else", saying("<html>")],
  ["redirects", saying("", 302)],
] as const) {
  test(`a cloud that ${what} says nothing of a key`, async () => {
    await withCloud(async (cloud) => {
      cloud.keys.set(KEY, { validate: { valid: true }, me: ME });
      cloud.always(behaviour);
      const verified = await createVerifyCloudKey(partsFor(cloud))(createSecret(KEY), ASKING);
      assert.equal(verified.ok, false);
    });
  });
}
