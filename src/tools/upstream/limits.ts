/** How much is taken from an upstream, and for how long anybody waits for it. */
export interface UpstreamLimits {
  /** From starting it to having read what it has. */
  readonly connectMs: number;
  /** How long a program may leave the first question of the protocol unanswered before it is asked as older ones are. */
  readonly probeMs: number;
  /**
   * From a change being announced to its being read, where nobody calls before: what is announced meanwhile is read
   * once. Doubled up to `lastRetryMs` while it goes on to announce, until it was quiet for `steadyMs`.
   */
  readonly settleMs: number;
  /** A pause between two readings that is so long binds whoever calls, too: nothing is asked of it meanwhile. */
  readonly restMs: number;
  /** How old what was read may be where something is asked of it, if it says that it announces its changes. */
  readonly announcedAgeMs: number;
  /** The same, if it does not. */
  readonly silentAgeMs: number;
  /** What it says itself of that counts where it is shorter, and no shorter than this. */
  readonly leastAgeMs: number;
  /** From a subscription that ended to a new one; doubled up to `lastRetryMs` while there is none. */
  readonly subscribeMs: number;
  /** Of one message. */
  readonly maxMessageBytes: number;
  /** That wait for it to read them. */
  readonly maxWaitingBytes: number;
  /** Of each kind (tools, resources, templates, prompts). */
  readonly maxItems: number;
  readonly maxPages: number;
  /** Of all that it lists of one kind. */
  readonly maxListBytes: number;
  /** Objects and arrays inside one another. */
  readonly maxDepth: number;
  /** That it may ask a client within one call. */
  readonly maxQuestions: number;
  /** Of what it asks at once, and of what it wants back with the answers. */
  readonly maxQuestionBytes: number;
  /** Lines of its errors that are logged in each `errorsMs`. */
  readonly maxErrorLines: number;
  readonly errorsMs: number;
  /** From its first failure to the next try; doubled with each failure. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Whoever ran for so long has not failed before. */
  readonly steadyMs: number;
}

/** The limits that hold outside of tests. */
export const LIMITS: UpstreamLimits = {
  connectMs: 30_000,
  probeMs: 5_000,
  settleMs: 250,
  restMs: 1_000,
  // An announcement may be lost, so it is not waited for without end.
  announcedAgeMs: 60_000,
  // Nothing else tells of a change: short enough to be noticed, long enough to cost one list for many calls.
  silentAgeMs: 10_000,
  // The official library says 0 where nobody set a time: each call would be a list as well.
  leastAgeMs: 1_000,
  subscribeMs: 1_000,
  maxMessageBytes: 8 * 1024 * 1024,
  maxWaitingBytes: 16 * 1024 * 1024,
  maxItems: 1_000,
  maxPages: 100,
  maxListBytes: 4 * 1024 * 1024,
  maxDepth: 64,
  maxQuestions: 8,
  maxQuestionBytes: 64 * 1024,
  maxErrorLines: 20,
  errorsMs: 10_000,
  firstRetryMs: 1_000,
  lastRetryMs: 60_000,
  steadyMs: 30_000,
};
