import type { Secret } from "./secret.ts";

/** Takes every known secret out of a text. */
export type Redact = (text: string) => string;

const REPLACEMENT = "[REDACTED]";

/** A redactor for these secrets. The longest goes first, so that a secret inside another leaves no rest. */
export function createRedact(secrets: readonly Secret[]): Redact {
  const texts = secrets
    .map((secret) => secret.reveal())
    .filter((text) => text !== "")
    .toSorted((a, b) => b.length - a.length);
  return (text) => texts.reduce((rest, secret) => rest.replaceAll(secret, REPLACEMENT), text);
}
