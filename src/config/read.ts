// On the trust boundary: reads files that a person named. Never more than a maximum, never for longer
// than a deadline, so that a device or a pipe in place of a file ends in a fault.

import { createReadStream } from "node:fs";
import type { Fault } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { codeOf } from "../lib/thrown.ts";
import { lineAndColumn, scanJson } from "./json-text.ts";

const MAX_BYTES = 4 * 1024 * 1024;
const DEADLINE_MS = 5_000;

/** Why a file could not be read: it is not there, or `detail` says what stood in the way. */
export type Unread =
  | { readonly reason: "missing" }
  | { readonly reason: "unreadable"; readonly detail: string };

/** Reads a text file of at most 4 MiB within 5 s. */
export async function readText(path: string): Promise<Outcome<string, Unread>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const file: AsyncIterable<Uint8Array> = createReadStream(path, { end: MAX_BYTES, signal });
    for await (const chunk of file) {
      chunks.push(chunk);
      bytes += chunk.length;
    }
  } catch (thrown) {
    const code = codeOf(thrown) || "unknown error";
    return failed(
      code === "ENOENT" ? { reason: "missing" } : { reason: "unreadable", detail: spoken(code) },
    );
  }
  if (bytes > MAX_BYTES) return failed({ reason: "unreadable", detail: "it is over 4 MiB" });
  return done(
    Buffer.concat(chunks)
      .toString("utf8")
      .replace(/^\uFEFF/, ""),
  );
}

/** Reads JSON text; the faults say line and column. A name that is there twice is a fault. */
export function parseJson(text: string, path: string): Outcome<unknown, readonly Fault[]> {
  const { breaksAt, twice } = scanJson(text);
  if (breaksAt !== null) {
    const { line, column } = lineAndColumn(text, breaksAt);
    const early = breaksAt === text.length ? ": it ends too early" : "";
    const message = `is not JSON from line ${line}, column ${column}${early}`;
    const mend = "correct it there: a comma, a quote, a bracket";
    return failed([{ path: `${path}:${line}`, field: "", message, mend }]);
  }
  if (twice.length === 0) return done(JSON.parse(text));
  return failed(
    twice.map(({ field, at }) => ({
      path: `${path}:${lineAndColumn(text, at).line}`,
      field,
      message: "is there twice",
      mend: "leave one of them: which one counts would be a guess",
    })),
  );
}

function spoken(code: string): string {
  switch (code) {
    case "EACCES":
      return "permission denied";
    case "EISDIR":
      return "it is a directory";
    case "ABORT_ERR":
      return "nothing came within 5 s";
    default:
      return code;
  }
}
