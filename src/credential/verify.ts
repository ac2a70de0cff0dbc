// On the trust boundary: says whose a credential is. A wrong one costs what a right one costs, and nothing is
// learnt about a key without its secret. It never says whether a credential still holds.

import { createSecretKey } from "node:crypto";
import type { Log } from "../lib/log.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { CredentialRow, Store, StoreFailure } from "../store/types.ts";
import { parse } from "./format.ts";
import type { Peppers } from "./pepper.ts";
import { isOurs } from "./row.ts";
import { equal, isSealed, seal, verifierOf } from "./seal.ts";
import type { Verification, Verify } from "./types.ts";

/** What verifying is made of. */
export interface VerifyParts {
  readonly store: Pick<Store, "credential">;
  readonly peppers: Peppers;
  readonly log: Log;
}

const UNKNOWN: Verification = { status: "unknown" };

/** A verifier of the credentials in a store. */
export function createVerify({ store, peppers, log }: VerifyParts): Verify {
  return async (presented) => {
    const text = presented.reveal();
    const parsed = parse(text);
    // The same look-up and the same digests, whatever was presented.
    const found = await store.credential(parsed?.id ?? NOBODY.id);
    if (!found.ok) return found;
    const row = found.value?.row ?? NOBODY;
    const proven = isProven(text, row);
    if (parsed === null) return done({ status: "malformed" });
    if (found.value === null || !proven || row.kind !== parsed.kind) {
      log.debug("a credential was not proven", { id: parsed.id, known: found.value !== null });
      return done(UNKNOWN);
    }
    return related(row);
  };

  function isProven(text: string, row: CredentialRow): boolean {
    const pepper = peppers.version(row.pepper) ?? peppers.version(peppers.current);
    if (pepper === null) return false;
    const mine = equal(row.verifier, verifierOf(pepper, text));
    const sealed = isSealed(pepper, row);
    if (mine && !sealed) log.error("a stored credential was changed outside", { id: row.id });
    return mine && sealed;
  }

  /** With the key that it comes from; one without it is nobody's. */
  async function related(row: CredentialRow): Promise<Outcome<Verification, StoreFailure>> {
    const parent = row.parent === null ? done(null) : await store.credential(row.parent);
    if (!parent.ok) return parent;
    const above = parent.value?.row ?? null;
    if (above === null && row.kind !== "key") return done(UNKNOWN);
    if (above !== null && !isSealedHere(above)) return done(UNKNOWN);
    return done({ status: "verified", row, parent: above });
  }

  function isSealedHere(row: CredentialRow): boolean {
    const sealed = isOurs(peppers, row);
    if (!sealed) log.error("a stored credential was changed outside", { id: row.id });
    return sealed;
  }
}

const NO_PEPPER = createSecretKey(Buffer.alloc(32));

/** What a credential that nobody has is compared with. */
const NOBODY: CredentialRow = seal(NO_PEPPER, {
  id: "0000000000000000",
  kind: "key",
  name: "",
  user: "",
  roles: [],
  permissions: [],
  allowed_ips: null,
  allow_stdio: false,
  parent: null,
  created_ms: 0,
  expires_ms: 0,
  revoked_ms: null,
  replaced_by: null,
  revision: 1,
  pepper: 0,
  verifier: verifierOf(NO_PEPPER, ""),
});
