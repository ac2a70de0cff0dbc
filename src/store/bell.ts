/** Ends a wait early. A ring while nobody waits ends the next wait at once. */
export interface Bell {
  readonly ring: () => void;
  /** Settles at a ring, and without one after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
}

/** A bell for one who waits. */
export function createBell(): Bell {
  let rung = false;
  let wake = (): void => {};
  return {
    ring: () => {
      rung = true;
      wake();
    },
    wait: (ms) =>
      new Promise((over) => {
        const timer = setTimeout(() => wake(), ms);
        wake = () => {
          clearTimeout(timer);
          rung = false;
          wake = () => {};
          over();
        };
        if (rung) wake();
      }),
  };
}
