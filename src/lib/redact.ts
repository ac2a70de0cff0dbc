// On the trust boundary: what must be in nothing that the program writes. Audit records, log lines and errors
// all go through here, and there is no way round it.

import { createHmac, type KeyObject } from "node:crypto";
import { isJsonList, type Json, type JsonObject } from "./json.ts";
import { SECRET_PATTERNS } from "./secret-patterns.ts";
import { createSecretSearch } from "./secret-search.ts";

/** Takes secrets out of what is about to be written. */
export interface Redactor {
  /** Known secrets in every form, and what looks like one, out of a text. */
  readonly text: (text: string) => string;
  /**
   * A copy of an object whose texts are without secrets. What stands under the name of a secret or at one of
   * these JSON Pointers (RFC 6901) is hidden as a whole; the empty pointer hides every member.
   */
  readonly object: (object: JsonObject, pointers: readonly string[]) => JsonObject;
}

/** What a redactor knows. */
export interface RedactorParts {
  readonly secrets: readonly string[];
  /** Whether a member of this name is a secret. */
  readonly isSecretName: (name: string) => boolean;
  /** What stands in a secret's place. */
  readonly mark: (secret: string) => string;
}

/** A redactor for these secrets: one search for all of them, whatever their number. */
export function createRedactor({ secrets, isSecretName, mark }: RedactorParts): Redactor {
  const search = createSecretSearch(secrets, SECRET_PATTERNS);
  const text = (given: string): string => search(given, mark);
  return { text, object: (given, pointers) => members(given, routesOf(pointers)) };

  function members(object: JsonObject, routes: readonly Route[]): JsonObject {
    const whole = routes.some((route) => route.length === 0);
    const redacted = Object.entries(object).map(([name, member]) => {
      const shown = text(name);
      const hide = whole || isSecretName(name);
      // Whoever points to it may have seen the name as it is written.
      return [shown, hide ? hidden(member) : value(member, below(routes, [name, shown]))] as const;
    });
    return Object.fromEntries(redacted);
  }

  function value(given: Json, routes: readonly Route[]): Json {
    if (routes.some((route) => route.length === 0)) return hidden(given);
    if (typeof given === "string") return text(given);
    if (typeof given !== "object" || given === null) return given;
    if (isJsonList(given)) return given.map((item, at) => value(item, below(routes, [String(at)])));
    return members(given, routes);
  }

  function hidden(given: Json): string {
    return mark(typeof given === "string" ? given : JSON.stringify(given));
  }
}

/** Marks by which equal secrets can be told to be equal, and not what they are. */
export function createMark(key: KeyObject): RedactorParts["mark"] {
  return (secret) => {
    const code = createHmac("sha256", key).update(`kubiya:redact:v1\0${secret}`).digest("hex");
    return `[REDACTED:${code.slice(0, 12)}]`;
  };
}

type Route = readonly string[];

function routesOf(pointers: readonly string[]): readonly Route[] {
  return pointers.map((pointer) =>
    pointer
      .split("/")
      .slice(1)
      .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~")),
  );
}

/** The routes that go through one of these names, from there on. */
function below(routes: readonly Route[], names: readonly string[]): readonly Route[] {
  return routes.filter(([first = ""]) => names.includes(first)).map((route) => route.slice(1));
}
