import { formsOf } from "./secret-forms.ts";
import type { SecretPattern } from "./secret-patterns.ts";

/** A text in which `replace` was asked for each secret: for the secret itself, whichever form of it was found. */
export type SecretSearch = (text: string, replace: (secret: string) => string) => string;

/** The shortest that can be found. */
const MIN_LENGTH = 4;

/** One search for all of these, whatever their number. */
export function createSecretSearch(
  secrets: readonly string[],
  patterns: readonly SecretPattern[],
): SecretSearch {
  const known = new Map(
    secrets.flatMap((secret) => formsOf(secret).map((form) => [form, secret] as const)),
  );
  // Of two that begin at one place the longer: a secret inside another leaves no rest.
  const forms = [...known.keys()].toSorted((a, b) => b.length - a.length).map(escaped);
  const held = forms.length === 0 ? "(?!)" : forms.join("|");
  const each = patterns.map(({ kept, secret }) => `(${kept})${secret}`);
  const any = new RegExp([`(${held})`, ...each].join("|"), "g");

  return (text, replace) => {
    if (text.length < MIN_LENGTH) return text;
    return text.replace(any, (match: string, form: string | undefined, ...rest: unknown[]) => {
      if (form !== undefined) return replace(known.get(form) ?? form);
      // One of the patterns has matched: what it keeps is the only group that is there.
      const kept = rest.find((group) => typeof group === "string") ?? "";
      return kept + replace(match.slice(kept.length));
    });
  };
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`);
}
