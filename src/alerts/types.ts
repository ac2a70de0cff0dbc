import type { Sighting } from "./document.ts";

export type { Sighting } from "./document.ts";

/** What was seen; what does not apply is left out. How often its like was seen is counted here. */
export type Seen = Partial<Omit<Sighting, "failures" | "denials">> & Pick<Sighting, "what">;

/** Takes what was seen: counts it, has it judged, and tells what somebody must hear of. Never throws. */
export type See = (seen: Seen) => void;

/** What became of an alert that was sent. */
export type Sent =
  | { readonly result: "delivered"; readonly host: string; readonly status: number }
  /** It was answered, but not with a status of success. */
  | { readonly result: "refused"; readonly host: string; readonly status: number }
  | { readonly result: "unreachable"; readonly detail: string };

/** What became of an alert that somebody tried the way with. */
export type Tested =
  | Sent
  | { readonly result: "no_webhook" }
  /** The policies, the trail or the store did not let it through. */
  | { readonly result: "stopped"; readonly detail: string };
