import { AsyncLocalStorage } from "node:async_hooks";
import type { Requests } from "../lib/requests.ts";

/**
 * Requests, told apart by what Node carries along with every callback. What is logged while a credential is
 * looked up, a key set fetched or a policy asked belongs to a request that none of them knows; to hand a log
 * down to each of them would be a parameter of nearly every function on the way.
 */
export function createRequests(newId: () => string): Requests {
  const storage = new AsyncLocalStorage<string>();
  return {
    begin: (work) => storage.run(newId(), work),
    id: () => storage.getStore() ?? null,
  };
}
