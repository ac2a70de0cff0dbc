import { sha256 } from "../lib/digest.ts";
import { isObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { MAX_LINE_BYTES } from "./line.ts";
import { textOf } from "./failure.ts";

/** The end of a chain, where the next record is linked on. */
export interface Head {
  /** Of the last record; 0 where there is none. */
  readonly seq: number;
  /** The hex SHA-256 of the last line without its newline. */
  readonly hash: string | null;
}

/** What a file of a chain holds. */
export interface Scan {
  readonly head: Head;
  /** The intents that have no outcome, in their order. */
  readonly open: readonly object[];
  /** The length of the whole lines in bytes. */
  readonly length: number;
  /** What stands after the last newline: a write that a crash cut off. */
  readonly torn: Uint8Array;
}

/** A file that is no chain of ours any more: nothing may be linked on to it. */
export interface Damage {
  /** From 1. */
  readonly line: number;
  readonly detail: string;
}

const NEWLINE = 0x0a;

/** Reads a chain's file to its end. Only enough is checked to go on; whether it was forged is not. */
export async function scan(chunks: AsyncIterable<Uint8Array>): Promise<Outcome<Scan, Damage>> {
  const open = new Map<string, object>();
  let head: Head = { seq: 0, hash: null };
  let length = 0;
  let lines = 0;
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let to = rest.indexOf(NEWLINE); to >= 0; to = rest.indexOf(NEWLINE, from)) {
      const line = rest.subarray(from, to);
      lines += 1;
      const read = readLine(line);
      if (!read.ok) return failed({ line: lines, detail: read.failure });
      const { seq, id, phase, record } = read.value;
      if (phase === "intent") open.set(id, record);
      if (phase === "outcome") open.delete(id);
      head = { seq, hash: sha256(line) };
      length += line.length + 1;
      from = to + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > MAX_LINE_BYTES) {
      return failed({ line: lines + 1, detail: "longer than any record" });
    }
  }
  return done({ head, open: [...open.values()], length, torn: rest });
}

interface ReadLine {
  readonly seq: number;
  readonly id: string;
  readonly phase: unknown;
  readonly record: object;
}

function readLine(line: Uint8Array): Outcome<ReadLine, string> {
  const record = parse(Buffer.from(line.buffer, line.byteOffset, line.length).toString());
  if (!record.ok) return record;
  if (!isObject(record.value)) return failed("not an object");
  const { seq, id, phase } = record.value;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq)) return failed("no seq");
  if (typeof id !== "string") return failed("no id");
  return done({ seq, id, phase, record: record.value });
}

function parse(text: string): Outcome<unknown, string> {
  try {
    return done(JSON.parse(text));
  } catch (error) {
    return failed(textOf(error));
  }
}
