// On the trust boundary: puts a member into the text of another program's file. Comments stay with what they were
// written to: a new member comes behind those of the last one.

import {
  applyEdits,
  createScanner,
  findNodeAtLocation,
  type FormattingOptions,
  modify,
  type Node,
  parseTree,
} from "jsonc-parser";

/** A member, by the names that lead to it, and its value. */
export interface Member {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** The text with this member in it; objects on the way are made. */
export function putMember(text: string, member: Member, formatting: FormattingOptions): string {
  return (
    behindComments(text, member, formatting) ??
    applyEdits(
      text,
      modify(text, [...member.path], member.value, { formattingOptions: formatting }),
    )
  );
}

/** Null where it is there already, or no comment is: the library knows how. */
function behindComments(
  text: string,
  { path, value }: Member,
  { eol = "\n", insertSpaces = true, tabSize = 2 }: FormattingOptions,
): string | null {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root === undefined) return null;
  const at = path.findIndex((_, depth) => !nodeAt(root, path.slice(0, depth + 1)));
  const name = path[at];
  const holder = nodeAt(root, path.slice(0, Math.max(at, 0)));
  if (name === undefined || holder?.type !== "object") return null;
  const last = holder.children?.at(-1);
  const tail = tailOf(text, last === undefined ? holder.offset + 1 : last.offset + last.length);
  if (!tail.hasComment) return null;
  const unit = insertSpaces ? " ".repeat(tabSize) : "\t";
  const indent = (last && indentOf(text, last)) ?? unit.repeat(at + 1);
  const inner = path.slice(at + 1).reduceRight<unknown>((held, one) => ({ [one]: held }), value);
  const written = JSON.stringify({ [name]: inner }, null, unit)
    .split("\n")
    .slice(1, -1);
  const lines = written.map((line) => `${indent}${line.slice(unit.length)}`).join(eol);
  const comma = last === undefined || tail.hasComma ? "" : ",";
  return [
    `${text.slice(0, tail.from)}${comma}${text.slice(tail.from, tail.to)}`,
    `${eol}${lines}${tail.hasComma ? "," : ""}${text.slice(tail.to)}`,
  ].join("");
}

function nodeAt(root: Node, path: readonly string[]): Node | undefined {
  return findNodeAtLocation(root, [...path]);
}

interface Tail {
  readonly from: number;
  /** Behind its last comment, or comma. */
  readonly to: number;
  readonly hasComma: boolean;
  readonly hasComment: boolean;
}

/** What stands between the last member of an object and its end. */
function tailOf(text: string, from: number): Tail {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  let [to, hasComma, hasComment] = [from, false, false];
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const end = scanner.getPosition();
    const token = text.slice(scanner.getTokenOffset(), end);
    if (token === "}") break;
    const isComment = token.startsWith("/");
    if (token === "," || isComment) to = end;
    hasComma ||= token === ",";
    hasComment ||= isComment;
  }
  return { from, to, hasComma, hasComment };
}

/** The white space in front of a member that begins its line; undefined where something else does. */
function indentOf(text: string, { offset }: Node): string | undefined {
  return /(?:^|\n)([ \t]*)$/.exec(text.slice(0, offset))?.[1];
}
