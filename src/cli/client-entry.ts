// On the trust boundary: edits the file of another program. Nothing but our own entry changes in it, neither
// another entry nor a comment; a file that cannot be understood as a whole is left as it is.

import { isDeepStrictEqual } from "node:util";
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  parseTree,
  printParseErrorCode,
  type ParseError,
} from "jsonc-parser";
import { isObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { putMember } from "./put-member.ts";

/** What our entry has to say. What else a person wrote into it stays. */
export type Entry = Readonly<Record<string, unknown>>;

/** A file with the entry in it. */
export interface Edited {
  /** The whole file; null where it is as it should be. */
  readonly text: string | null;
  readonly before: Entry | null;
  readonly after: Entry;
}

/** Why a file is not touched. */
export interface NotEdited {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly mend: string;
}

/** Where the entry stands: the member of all servers, and its name there. */
type Way = readonly [string, string];

/** Puts an entry into the text of a file; one that is empty counts as an object without members. */
export function editEntry(written: string, way: Way, entry: Entry): Outcome<Edited, NotEdited> {
  const mark = written.startsWith("\uFEFF") ? "\uFEFF" : "";
  const text = written.slice(mark.length);
  const whole = text.trim() === "" ? "{}\n" : text;
  const found = entryIn(whole, way);
  if (!found.ok) return found;
  const before = found.value;
  const after = merged(before ?? {}, entry);
  if (isDeepStrictEqual(before, after)) return done({ text: null, before, after });
  const edited = changed(whole, { way, before, after });
  // What was meant, and nothing else: the library's edits are not taken on trust.
  if (!isDeepStrictEqual(valueOf(edited), withEntry(valueOf(whole), way, after))) {
    return failed(notEdited(whole, 0, "cannot be changed without changing more than our entry"));
  }
  return done({ text: mark + edited, before, after });
}

/** The entry that is there; null where there is none. */
function entryIn(text: string, [servers, name]: Way): Outcome<Entry | null, NotEdited> {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) {
    return failed(
      notEdited(
        text,
        first.offset,
        `is not JSON from here on: ${printParseErrorCode(first.error)}`,
      ),
    );
  }
  if (root?.type !== "object") return failed(notEdited(text, 0, "is no JSON object"));
  const all = findNodeAtLocation(root, [servers]);
  const twice = doubled(root, servers) ?? (all && doubled(all, name));
  if (twice !== undefined) {
    return failed(notEdited(text, twice.offset, `${String(valueOfNode(twice))} is there twice`));
  }
  if (all !== undefined && all.type !== "object") {
    return failed(notEdited(text, all.offset, `${servers} is no object`));
  }
  const own = all && findNodeAtLocation(all, [name]);
  if (own === undefined) return done(null);
  const value = valueOfNode(own);
  if (!isObject(value) || "url" in value) {
    return failed(
      notEdited(text, own.offset, `another server is called ${name}, one that is no program`),
    );
  }
  return done(value);
}

/** The second name of a member that an object has twice: which of them a program reads is its own affair. */
function doubled({ type, children = [] }: Node, name: string): Node | undefined {
  if (type !== "object") return undefined;
  const names = children.flatMap(({ children: [key] = [] }) => (key === undefined ? [] : [key]));
  return names.filter((key) => valueOfNode(key) === name)[1];
}

/** Objects member by member. */
function merged(before: Entry, entry: Entry): Entry {
  const members = Object.entries(entry).map(([name, value]) => {
    const there = before[name];
    return [name, isObject(value) && isObject(there) ? merged(there, value) : value] as const;
  });
  return { ...before, ...Object.fromEntries(members) };
}

interface Change {
  readonly way: Way;
  readonly before: Entry | null;
  readonly after: Entry;
}

/** Members that stay keep their comments: only what differs is written. */
function changed(text: string, { way, before, after }: Change): string {
  const formatting = { ...indentation(text), eol: text.includes("\r\n") ? "\r\n" : "\n" };
  const differing = before === null ? [[way, after] as const] : differences(way, before, after);
  return differing.reduce(
    (into, [path, value]) => putMember(into, { path, value }, formatting),
    text,
  );
}

function differences(
  way: readonly string[],
  before: Entry,
  after: Entry,
): readonly (readonly [readonly string[], unknown])[] {
  return Object.entries(after).flatMap(([name, value]) => {
    const there = before[name];
    if (isDeepStrictEqual(there, value)) return [];
    const path = [...way, name];
    return isObject(there) && isObject(value)
      ? differences(path, there, value)
      : [[path, value] as const];
  });
}

function indentation(text: string): { readonly insertSpaces: boolean; readonly tabSize: number } {
  const [, white = "  "] = /\n([ \t]+)\S/.exec(text) ?? [];
  return white.startsWith("\t")
    ? { insertSpaces: false, tabSize: 1 }
    : { insertSpaces: true, tabSize: white.length };
}

function withEntry(whole: unknown, [servers, name]: Way, entry: Entry): unknown {
  if (!isObject(whole)) return undefined;
  const all = isObject(whole[servers]) ? whole[servers] : {};
  return { ...whole, [servers]: { ...all, [name]: entry } };
}

function valueOf(text: string): unknown {
  const root = parseTree(text, [], { allowTrailingComma: true });
  return root && valueOfNode(root);
}

/** The library makes objects without a prototype, which equal no others. */
function valueOfNode(node: Node): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-return -- `any`, which is looked at before it is used
  return structuredClone(getNodeValue(node));
}

function notEdited(text: string, offset: number, message: string): NotEdited {
  const line = text.slice(0, offset).split("\n").length;
  return { line, message, mend: "it was not touched: correct it there, then run this again" };
}
