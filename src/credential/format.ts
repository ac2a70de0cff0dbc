// On the trust boundary: the text of a credential (trust.md, "Credentials"). Its id is public; its check
// digits serve typing errors and secret scanners, and are never taken for proof.

import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { createSecret, type Secret } from "../lib/secret.ts";
import type { CredentialRow } from "../store/types.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What a credential's text begins with, by its kind. */
const PREFIXES: Readonly<Record<CredentialRow["kind"], string>> = {
  key: "kbk",
  token: "kbt",
  session: "kbs",
};

const FORM = /^(kb[kts])_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

const ID_LENGTH = 16;
/** 62^43 is just over 2^256. */
const SECRET_LENGTH = 43;
const CHECK_LENGTH = 6;

/** A credential's text with what it says of itself. */
export interface Minted {
  readonly id: string;
  readonly secret: Secret;
}

/** What a text that has the form of a credential says of itself. */
export interface Parsed {
  readonly kind: CredentialRow["kind"];
  readonly id: string;
}

/** Makes a credential of a kind: 256 bits of secret, and an id of its own unless one is given. */
export function mint(kind: CredentialRow["kind"], id: string = randomDigits(ID_LENGTH)): Minted {
  const body = `${PREFIXES[kind]}_${id}_${randomDigits(SECRET_LENGTH)}`;
  return { id, secret: createSecret(body + checkDigits(body)) };
}

/** Reads a credential's text; null where it has not the form, or a typing error. */
export function parse(text: string): Parsed | null {
  const [, prefix = "", id = "", , check = ""] = FORM.exec(text) ?? [];
  if (id === "" || check !== checkDigits(text.slice(0, -CHECK_LENGTH))) return null;
  const kind = prefix === "kbk" ? "key" : prefix === "kbt" ? "token" : "session";
  return { kind, id };
}

/** The CRC-32 (ISO 3309) of a text, in six digits. */
function checkDigits(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let at = 0; at < CHECK_LENGTH; at += 1) {
    digits = DIGITS.charAt(rest % DIGITS.length) + digits;
    rest = Math.floor(rest / DIGITS.length);
  }
  return digits;
}

/** Digits that are equally likely: bytes that would favour some of them are left out. */
function randomDigits(length: number): string {
  const fair = 256 - (256 % DIGITS.length);
  let digits = "";
  while (digits.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < fair && digits.length < length) digits += DIGITS.charAt(byte % DIGITS.length);
    }
  }
  return digits;
}
