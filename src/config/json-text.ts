// On the trust boundary. Looks at JSON text for what `JSON.parse` does not tell: where it breaks, and
// which names an object has twice (of which it would silently take the last). Never builds a value.

/** What a text of JSON is like. Positions count characters from 0. */
export interface Scan {
  /** Where it stops being JSON (RFC 8259); null when it is. */
  readonly breaksAt: number | null;
  readonly twice: readonly { readonly field: string; readonly at: number }[];
}

/** What may come next. */
type Expected = "value" | "first value" | "name" | "first name" | "colon" | "more" | "end";

/** An object or a list that has begun and not ended; a list has no names. */
interface Open {
  readonly field: string;
  readonly names: Set<string> | null;
  /** The member that is being read: its name or its number. */
  member: string | number;
}

const SPACE = /[ \t\r\n]*/y;
const TOKEN =
  // oxlint-disable-next-line no-control-regex -- JSON forbids exactly these in a string
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\]:,]/y;

/** Reads a text from its beginning to its end, or to where it breaks. */
export function scanJson(text: string): Scan {
  const open: Open[] = [];
  const twice: { readonly field: string; readonly at: number }[] = [];
  let expected: Expected = "value";
  let at = skip(text, 0);
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const [token] = TOKEN.exec(text) ?? [];
    const next = token === undefined ? null : accept(token);
    if (token === undefined || next === null) return { breaksAt: at, twice };
    expected = next;
    at = skip(text, at + token.length);
  }
  return { breaksAt: expected === "end" ? null : at, twice };

  function accept(token: string): Expected | null {
    switch (expected) {
      case "end":
        return null;
      case "colon":
        return token === ":" ? "value" : null;
      case "first name":
        return token === "}" ? close() : name(token);
      case "name":
        return name(token);
      case "first value":
        return token === "]" ? close() : value(token);
      case "value":
        return value(token);
      case "more":
        return more(token);
    }
  }

  function name(token: string): Expected | null {
    const inside = open.at(-1);
    if (inside?.names === undefined || inside.names === null || !token.startsWith('"')) return null;
    inside.member = String(JSON.parse(token));
    if (inside.names.has(inside.member)) twice.push({ field: fieldIn(inside), at });
    inside.names.add(inside.member);
    return "colon";
  }

  function value(token: string): Expected | null {
    const inside = open.at(-1);
    const field = inside === undefined ? "" : fieldIn(inside);
    if (token === "{") open.push({ field, names: new Set(), member: "" });
    else if (token === "[") open.push({ field, names: null, member: 0 });
    else return /^[\]},:]/.test(token) ? null : after();
    return token === "{" ? "first name" : "first value";
  }

  function more(token: string): Expected | null {
    const inside = open.at(-1);
    if (inside === undefined) return null;
    if (token === (inside.names === null ? "]" : "}")) return close();
    if (token !== ",") return null;
    if (typeof inside.member === "number") inside.member += 1;
    return inside.names === null ? "value" : "name";
  }

  function close(): Expected {
    open.pop();
    return after();
  }

  function after(): Expected {
    return open.length === 0 ? "end" : "more";
  }
}

/** A position as people count: from 1. */
export function lineAndColumn(
  text: string,
  at: number,
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

function skip(text: string, from: number): number {
  SPACE.lastIndex = from;
  return from + (SPACE.exec(text)?.[0].length ?? 0);
}

function fieldIn({ field, names, member }: Open): string {
  if (names === null) return `${field}[${member}]`;
  return field === "" ? String(member) : `${field}.${member}`;
}
