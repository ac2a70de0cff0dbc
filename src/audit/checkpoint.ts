// On the trust boundary: what a signature in the chain says. It never says when, or by whom, a record was
// written: only that whoever held the key saw this chain up to here.

import { lineOf } from "./line.ts";
import { eventOf, type Moment, type Position, type Statement } from "./record.ts";
import type { Recorded } from "./recorded.ts";
import type { CheckpointKey, CheckSignature } from "./types.ts";

const DOMAIN = "kubiya audit checkpoint v1\n";

/**
 * A checkpoint at this position. What is signed is the domain, a line of its own, and then the record's
 * line without its newline, in which the signature is the empty text: so nothing in it can be changed.
 */
export function checkpointOf(
  moment: Moment,
  position: Position,
  { id, sign }: CheckpointKey,
): Statement {
  const unsigned = withSignature(moment, id, "");
  const line = lineOf({ ...position, ...unsigned, ...position }).subarray(0, -1);
  return withSignature(moment, id, sign(signedText(line.toString())));
}

/** Whether a record is a checkpoint. */
export function isCheckpoint({ phase, action }: Recorded): boolean {
  return phase === "event" && action === "checkpoint";
}

/** Whether the signature of a checkpoint holds for its line. */
export function checkCheckpoint(
  line: Uint8Array,
  { parameters: { key, signature } }: Recorded,
  check: CheckSignature,
): ReturnType<CheckSignature> {
  if (typeof key !== "string" || typeof signature !== "string") return "invalid";
  // A text that decodes to the same bytes is not the text that was written.
  if (Buffer.from(signature, "base64").toString("base64") !== signature) return "invalid";
  const parts = Buffer.from(line).toString().split(`"signature":"${signature}"`);
  if (parts.length !== 2) return "invalid";
  return check(key, signedText(parts.join('"signature":""')), signature);
}

function signedText(line: string): string {
  return `${DOMAIN}${line}`;
}

/** A digest of the parameters would be one of the signature. */
function withSignature(moment: Moment, key: string, signature: string): Statement {
  const facts = { key, signature };
  const event = eventOf(moment, { event: "checkpoint", result: "success", facts });
  return { ...event, parameters_digest: null };
}
