import type { Definitions, Noted } from "../credential/types.ts";
import { digestOf } from "../lib/digest.ts";
import { done, failed } from "../lib/outcome.ts";
import type { IsApproved } from "../tools/platform/starting-types.ts";

/** Several servers may keep the same definitions at once. */
const TRIES = 3;

/**
 * What is seen for the first time is approved with that; `noted` hears of what is new. A tool of the cloud is known
 * by its source too, so that it is never taken for one of another server.
 */
export function createIsApproved(
  definitions: Definitions,
  noted: (origin: string, noted: readonly Noted[]) => void,
): IsApproved {
  return async (origin, definition, name) => {
    const tool = `${origin}/${name}`;
    for (let tried = 1; ; tried += 1) {
      const kept = await definitions.present(origin, new Map([[tool, definition]]), Date.now());
      if (kept.ok) {
        if (kept.value.length > 0) noted(origin, kept.value);
        break;
      }
      const { failure } = kept;
      if (failure.reason === "conflict" && tried < TRIES) continue;
      return failed("detail" in failure ? failure.detail : failure.reason);
    }
    const known = await definitions.known();
    if (!known.ok) return failed(known.failure.detail);
    const row = known.value.find((one) => one.tool === tool);
    const approved = row?.approved ?? null;
    return done(approved !== null && digestOf(approved) === digestOf(definition));
  };
}
