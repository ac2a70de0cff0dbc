import { Writable } from "node:stream";

/** Lines that wait for others, so that many are one call to the system: that costs more than to make them. */
export interface Gathered {
  readonly stream: Writable;
  /** Hands on what waits. */
  readonly flush: () => void;
}

const WITHIN_MS = 100;
const MAX_LENGTH = 65_536;

/** Hands on what is written to it within a tenth of a second. What waits when the process is killed is lost. */
export function createGathered(stream: Pick<Writable, "write">): Gathered {
  let waiting = "";
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting !== "") stream.write(waiting);
    waiting = "";
  }

  return {
    flush,
    stream: new Writable({
      write: (chunk, _encoding, taken) => {
        waiting += String(chunk);
        if (waiting.length >= MAX_LENGTH) flush();
        else timer ??= setTimeout(flush, WITHIN_MS);
        taken();
      },
    }),
  };
}
