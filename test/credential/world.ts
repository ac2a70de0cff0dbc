import type { CredentialRow } from "../../src/store/types.ts";

export const NOON = 1_795_435_200_000;

/** A key's row before it is sealed. */
export const ROW: Omit<CredentialRow, "mac"> = {
  id: "0123456789abcdef",
  kind: "key",
  name: "ci",
  user: "ada",
  roles: ["developer"],
  permissions: ["tools:list"],
  allowed_ips: ["10.0.0.0/8"],
  allow_stdio: false,
  parent: null,
  created_ms: NOON - 1_000,
  expires_ms: NOON + 3_600_000,
  revoked_ms: null,
  replaced_by: null,
  revision: 1,
  pepper: 1,
  verifier: "ab",
};
