import { failed, type Outcome } from "../lib/outcome.ts";
import type { OutboundFailure } from "./types.ts";

/** What a library threw at a request to this host. */
export function fromThrown(host: string, thrown: unknown): Outcome<never, OutboundFailure> {
  if (thrown instanceof SyntaxError) return refused("not_json", `${host} did not answer with JSON`);
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return refused("too_large", `${host} answered with more than is read`);
  }
  const name = thrown instanceof Error ? thrown.name : "Error";
  return refused("unreachable", `${host} cannot be reached: ${code === "" ? name : code}`);
}

/** A request that came to nothing. */
export function refused(
  reason: OutboundFailure["reason"],
  detail: string,
): Outcome<never, OutboundFailure> {
  return failed({ reason, detail });
}

/** The same for a library that wants it thrown: the message says the host and what happened. */
export class OutboundError extends Error {
  override readonly name = "OutboundError";
}
