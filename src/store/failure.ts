import type { StoreFailure } from "./types.ts";

/** Why the store cannot be used: what was tried, what was said, what to do. */
export function unavailable(attempt: string, said: string, mend: string): StoreFailure {
  return { reason: "store_unavailable", detail: `cannot ${attempt}: ${said}; ${mend}` };
}
