/** Which request something belongs to that happens deep inside, where no request is handed down. */
export interface Requests {
  /** Does this, and all that follows from it, as a request of its own. */
  readonly begin: <T>(work: () => T) => T;
  /** The id of the request that this belongs to; null outside of any. */
  readonly id: () => string | null;
}
