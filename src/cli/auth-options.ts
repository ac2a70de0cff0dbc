import { closest } from "fastest-levenshtein";
import { durationMs } from "../lib/duration.ts";
import { canonicalNetwork } from "../lib/networks.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { escapeUnprintable, hasUnprintable } from "../lib/unprintable.ts";
import { texts } from "./typed.ts";
import type { Option, Typed } from "./types.ts";

/** How long a credential lives. */
export const EXPIRES: Option = {
  flags: "--expires <time>",
  summary: "how long it lives, as 90s, 15m, 1h or 30d",
  parse: span,
};

/** What a credential may do. */
export const PERMISSION: Option = {
  flags: "--permission <permission>",
  summary: "what it may do; may be given several times",
  repeats: true,
};

/** The argument of a command about one credential. */
export const ID: Option = { flags: "<id>", summary: "its public id, never the credential itself" };

/** A name that a list can show. */
export function printable(written: string): Outcome<string, string> {
  const shown = /^(?=.*\S).{1,100}$/u.test(written) && !hasUnprintable(written);
  return shown ? done(written) : failed("It must have 1 to 100 printable characters.");
}

/** A network in its one written form. */
export function network(written: string): Outcome<string, string> {
  const canonical = canonicalNetwork(written);
  return canonical.ok
    ? canonical
    : failed(`It ${canonical.failure}. Write a network as 10.0.0.0/8.`);
}

/** How long an old key goes on; 0: not at all. */
export function grace(written: string): Outcome<number, string> {
  return written === "0" ? done(0) : span(written);
}

/** What an option lists, each once; null where it was not given. */
export function several(typed: Typed, name: string): readonly string[] | null {
  const listed = texts(typed, name);
  return listed === undefined ? null : [...new Set(listed)];
}

/** What is wrong with the permissions that were typed; null where there are such. */
export function permissionFault(typed: Typed, known: readonly string[]): string | null {
  const unknown = (texts(typed, "permission") ?? []).find((one) => !known.includes(one));
  if (unknown === undefined) return null;
  return [
    `--permission ${escapeUnprintable(unknown)}: there is no such permission`,
    `the nearest is ${closest(unknown, [...known])}`,
    `there are: ${known.join(", ")}`,
  ].join("; ");
}

/** A span of time, in milliseconds. */
export function span(written: string): Outcome<number, string> {
  const ms = durationMs(written);
  return ms === null
    ? failed("It must be a whole number from 1 with its unit s, m, h or d, as 90s, 15m, 1h, 30d.")
    : done(ms);
}
