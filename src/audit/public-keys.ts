import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { sha256 } from "../lib/digest.ts";
import type { CheckSignature } from "./types.ts";

const BLOCK = /-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g;

/** `sha256:` and the digest of a public key's DER form (SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7). */
export function keyId(key: KeyObject): string {
  return `sha256:${sha256(key.export({ type: "spki", format: "der" }))}`;
}

/** A public key as PEM. */
export function pemOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

/** The Ed25519 keys of a PEM text; none where it holds something else. */
export function publicKeysIn(pem: string): readonly KeyObject[] {
  const keys = (pem.match(BLOCK) ?? []).map(parse);
  return keys.every((key) => key?.asymmetricKeyType === "ed25519")
    ? keys.filter((key) => key !== null)
    : [];
}

/** Checks signatures of these keys. */
export function checkWith(keys: readonly KeyObject[]): CheckSignature {
  const known = new Map(keys.map((key) => [keyId(key), key]));
  return (id, text, signature) => {
    const key = known.get(id);
    if (key === undefined) return "unknown_key";
    const holds = verify(null, Buffer.from(text), key, Buffer.from(signature, "base64"));
    return holds ? "valid" : "invalid";
  };
}

/** A private key has its public half in it. */
function parse(block: string): KeyObject | null {
  try {
    return createPublicKey(block);
  } catch {
    return null;
  }
}
