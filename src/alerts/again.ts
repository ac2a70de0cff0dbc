import type { Log } from "../lib/log.ts";
import { createOutside } from "../lib/outside.ts";
import type { Tell, Told } from "./tell.ts";

/** Tells alerts, and those again that did not get through. */
interface TellAgain {
  readonly tell: Tell;
  /** Tries no more, and says what did not get through. */
  readonly close: () => void;
}

/** What telling again is made of. */
interface AgainParts {
  readonly tell: Tell;
  readonly log: Log;
  /** Calls back once, after so many milliseconds, unless what it gives is called before. */
  readonly after: (ms: number, then: () => void) => () => void;
}

/** One that fails ends its round: so often at most, what does not get through is in the log and the trail once more. */
const RETRY_MS = 60_000;
/** So many wait to be told again; of what is more the log alone tells. */
const MAX_WAITING = 100;

/** Tells by this, again until it gets through. */
export function createTellAgain({ tell, log, after }: AgainParts): TellAgain {
  const outside = createOutside();
  const waiting = new Set<Told>();
  let cancel: (() => void) | null = null;
  let closed = false;

  return {
    tell: async (told) => {
      const kept = await tell(told);
      if (!kept.ok) wait(told);
      return kept;
    },
    close: () => {
      closed = true;
      cancel?.();
      if (waiting.size > 0) log.error("alerts were not told everywhere", { count: waiting.size });
    },
  };

  function wait(told: Told): void {
    const { code, key } = told.alert;
    if (waiting.size >= MAX_WAITING || closed) {
      const why = closed ? "the end has come" : "too many wait for it";
      log.error(`an alert is not told again: ${why}`, { code, key });
      return;
    }
    waiting.add(told);
    log.warn("an alert did not get through, and is told again later", { code, key });
    arm();
  }

  function arm(): void {
    cancel ??= outside(() =>
      after(RETRY_MS, () => {
        cancel = null;
        void round();
      }),
    );
  }

  async function round(): Promise<void> {
    for (const told of waiting) {
      if (closed) return;
      const kept = await tell(told);
      waiting.delete(told);
      if (kept.ok) continue;
      // The next round begins with another.
      waiting.add(told);
      return closed ? undefined : arm();
    }
  }
}
