import { AsyncLocalStorage } from "node:async_hooks";

/** Does this, and all that follows from it, as what the request that it is called in knows nothing of. */
export type Outside = <T>(work: () => T) => T;

/**
 * Taken where something is made that outlives requests: what it begins later, while it is asked by one of them,
 * belongs to whoever made it. Else a program that is started for a request would belong to that one for ever.
 */
export function createOutside(): Outside {
  const asHere = AsyncLocalStorage.snapshot();
  return (work) => asHere(work);
}
