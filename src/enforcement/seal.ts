// On the trust boundary: what a source wants back with the answers to its questions, while the client keeps
// it. Whoever has it can neither read nor change it, nor use it for another call, caller or much later.

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { isJsonObject, type Json, parseJson } from "../lib/json.ts";
import { digestOf } from "../lib/digest.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";

/** Seals what a client keeps; `purpose` says which caller it is for, and which call. */
export interface Seal {
  readonly close: (state: Json, purpose: Json) => string;
  /** What was sealed for this purpose; it fails for anything else. */
  readonly open: (sealed: string, purpose: Json) => Outcome<Json, "invalid_state">;
}

/** People answer: a form may lie open for a while. */
const LIFETIME_MS = 600_000;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/** Seals with a key of 32 bytes, which no two servers share: who began a call is who goes on with it. */
export function createSeal(key: Uint8Array, clock: Clock): Seal {
  return {
    close: (state, purpose) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(digestOf(purpose)));
      const text = JSON.stringify({ state, until: clock() + LIFETIME_MS });
      const body = Buffer.concat([cipher.update(text), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url");
    },
    open: (sealed, purpose) => {
      const text = decipher(sealed, purpose);
      const opened = text === null ? null : parseJson(text);
      if (!isJsonObject(opened)) return failed("invalid_state");
      const { state = null, until } = opened;
      const holds = typeof until === "number" && clock() < until;
      return holds ? done(state) : failed("invalid_state");
    },
  };

  function decipher(sealed: string, purpose: Json): string | null {
    const bytes = Buffer.from(sealed, "base64url");
    // Node reads past what is no base64url, so that several texts would stand for the same bytes.
    if (bytes.toString("base64url") !== sealed || bytes.length < IV_BYTES + TAG_BYTES) return null;
    const [iv, rest] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES)];
    const opening = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(digestOf(purpose)))
      .setAuthTag(rest.subarray(0, TAG_BYTES));
    try {
      return Buffer.concat([opening.update(rest.subarray(TAG_BYTES)), opening.final()]).toString();
    } catch {
      // The one thing that `final` throws for: it was not sealed so.
      return null;
    }
  }
}
