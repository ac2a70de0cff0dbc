// On the trust boundary: what a tool says, on its way to its caller. It is cut at limits and comes line by
// line, so a secret may arrive in pieces; the piece that a cut leaves never goes on.

import { isJsonList, type Json, type JsonObject } from "../lib/json.ts";
import { formsOf } from "../lib/secret-forms.ts";
import { createSecretSearch } from "../lib/secret-search.ts";

/** Hides secrets. */
export interface Hide {
  /** In a text that is whole. */
  readonly inWhole: (text: string) => string;
  /** In a text whose end was cut off. */
  readonly inBeginning: (text: string) => string;
  /** In a text whose beginning was cut off. */
  readonly inEnd: (text: string) => string;
}

/** Shorter pieces of a secret say nothing about it. */
const MIN_PIECE = 4;

/** A caller is not told which secrets are the same. */
const HIDDEN = "[REDACTED]";

/** Hides these secrets, in every form that they can be read from. */
export function createHide(secrets: readonly string[]): Hide {
  const texts = secrets.flatMap(formsOf);
  const search = createSecretSearch(secrets, []);
  const inWhole = (text: string): string => search(text, () => HIDDEN);
  return {
    inWhole,
    inBeginning: (text) => texts.reduce(withoutLast, inWhole(text)),
    inEnd: (text) => texts.reduce(withoutFirst, inWhole(text)),
  };
}

/** A value whose texts are without secrets. */
export function hidden(value: Json, hide: Hide): Json {
  if (typeof value === "string") return hide.inWhole(value);
  if (typeof value !== "object" || value === null) return value;
  if (isJsonList(value)) return value.map((item) => hidden(item, hide));
  return hiddenObject(value, hide);
}

/** An object whose names and texts are without secrets. */
export function hiddenObject(object: JsonObject, hide: Hide): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, member]) => [hide.inWhole(name), hidden(member, hide)]),
  );
}

/** Without the beginning of a secret that a text ends with. */
function withoutLast(text: string, secret: string): string {
  const length = pieceLength(secret, (piece) => text.endsWith(secret.slice(0, piece)));
  return text.slice(0, text.length - length);
}

/** Without the end of a secret that a text begins with. */
function withoutFirst(text: string, secret: string): string {
  return text.slice(pieceLength(secret, (piece) => text.startsWith(secret.slice(-piece))));
}

/** The length of the longest piece, short of the whole, that is there; 0 for none. */
function pieceLength(secret: string, isThere: (length: number) => boolean): number {
  for (let length = secret.length - 1; length >= MIN_PIECE; length -= 1)
    if (isThere(length)) return length;
  return 0;
}
