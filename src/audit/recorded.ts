import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";

/** A record as it was read back: what the chain itself is made of, and the whole. */
export interface Recorded {
  readonly chain: string;
  readonly seq: number;
  readonly prev: string | null;
  readonly id: string;
  readonly phase: string;
  readonly action: string;
  readonly timestamp: string;
  readonly parameters: JsonObject;
  readonly whole: JsonObject;
}

/** Reads a line as a record; the failure says why it is none. */
export function recordedIn(line: Uint8Array): Outcome<Recorded, string> {
  const parsed = parse(Buffer.from(line.buffer, line.byteOffset, line.length).toString());
  if (!parsed.ok) return parsed;
  if (!isJsonObject(parsed.value)) return failed("not an object");
  const whole = parsed.value;
  const { chain, seq, prev, id, phase, action, timestamp, parameters } = whole;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) return failed("no seq");
  if (typeof prev !== "string" && prev !== null) return failed("no prev");
  if (typeof chain !== "string" || typeof id !== "string") return failed("no chain or id");
  if (typeof phase !== "string" || typeof action !== "string") return failed("no phase or action");
  if (typeof timestamp !== "string") return failed("no timestamp");
  const members = isJsonObject(parameters) ? parameters : {};
  return done({ chain, seq, prev, id, phase, action, timestamp, parameters: members, whole });
}

function parse(text: string): Outcome<unknown, string> {
  try {
    return done(JSON.parse(text));
  } catch {
    // What the parser says shows a part of the text.
    return failed("not JSON");
  }
}
