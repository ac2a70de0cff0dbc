import assert from "node:assert/strict";
import { test } from "node:test";
import { createSecret } from "../../src/lib/secret.ts";
import { createAuthenticate } from "../../src/principal/authenticate.ts";

const authenticate = createAuthenticate();

test("a caller without a credential is anonymous, and none was given", async () => {
  const { principal, credential, session } = await authenticate(null);
  assert.equal(principal.kind, "anonymous");
  assert.equal(credential.status, "absent");
  assert.equal(session, null);
});

test("a credential that nothing can verify is unknown, never taken for none", async () => {
  const { principal, credential } = await authenticate(createSecret("kbk_x"));
  assert.equal(credential.status, "unknown");
  assert.deepEqual(principal.roles, []);
  assert.deepEqual(
    Object.entries(credential).filter(([name, value]) => name !== "status" && value !== null),
    [],
  );
});
