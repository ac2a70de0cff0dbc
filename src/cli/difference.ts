import { isObject } from "../lib/json.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";

/** What of an entry changes, as lines. Values of its environment may be secrets, and are nobody's to read along. */
export function difference(before: unknown, after: unknown): string {
  const old = linesOf(before);
  const fresh = linesOf(after);
  const most = Math.min(old.length, fresh.length);
  const same = (at: number): boolean => old[at] === fresh[at];
  let head = 0;
  while (head < most && same(head)) head += 1;
  let tail = 0;
  while (tail < most - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  const lines = [
    ...fresh.slice(0, head).map((line) => `    ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `  - ${line}`),
    ...fresh.slice(head, fresh.length - tail).map((line) => `  + ${line}`),
    ...fresh.slice(fresh.length - tail).map((line) => `    ${line}`),
  ];
  return lines.map((line) => `${escapeUnprintable(line)}\n`).join("");
}

function linesOf(entry: unknown): readonly string[] {
  if (entry === null) return [];
  return JSON.stringify(entry, hidden, 2).split("\n");
}

/** The name of a file with a key in it is no secret; what else stands in an environment may be one. */
function hidden(name: string, value: unknown): unknown {
  if (name !== "env" || !isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([variable, text]) => [
      variable,
      variable.endsWith("_FILE") ? text : "[hidden]",
    ]),
  );
}
