import type { Secret } from "./secret.ts";

/** Takes every known secret out of a text. */
export type Redact = (text: string) => string;

const REPLACEMENT = "[REDACTED]";

/** A credential of this server (trust.md, "Credentials"); its id is public. */
const CREDENTIAL = /\b(kb[kts]_[0-9A-Za-z]{16}_)[0-9A-Za-z]{49}\b/g;

/** Takes every credential of this server's form out of a text, but for its id. */
export const hideCredentials: Redact = (text) => text.replaceAll(CREDENTIAL, `$1${REPLACEMENT}`);

/** A redactor for these secrets. The longest goes first, so that a secret inside another leaves no rest. */
export function createRedact(secrets: readonly Secret[]): Redact {
  const texts = secrets
    .map((secret) => secret.reveal())
    .filter((text) => text !== "")
    .toSorted((a, b) => b.length - a.length);
  return (text) => texts.reduce((rest, secret) => rest.replaceAll(secret, REPLACEMENT), text);
}
