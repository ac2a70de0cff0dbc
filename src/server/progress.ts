import type { ProgressToken } from "@modelcontextprotocol/server";

/** Lines of its output that one call sends; its answer carries the output itself. */
export const MAX_PROGRESS_LINES = 1_000;

const LEFT_OUT = "The rest of the output is left out here; the answer carries it.";

/** How the client of one call hears of its progress. */
export interface Listener {
  /** Absent where the client did not ask to hear of it. */
  readonly progressToken: ProgressToken | undefined;
  readonly notify: (progress: {
    readonly progressToken: ProgressToken;
    /** The number of the line. */
    readonly progress: number;
    readonly message: string;
  }) => Promise<void>;
  readonly clientReads: () => boolean;
}

/** Sends lines of output to the client as progress: so many of them, and none that it does not read. */
export function createProgress(listener: Listener): (line: string) => void {
  const { progressToken, notify, clientReads } = listener;
  if (progressToken === undefined) return () => {};
  let progress = 0;
  let sent = 0;
  return (line) => {
    progress += 1;
    // What a client does not read would be kept for it, and a tool can print faster than any client reads.
    if (sent > MAX_PROGRESS_LINES || !clientReads()) return;
    sent += 1;
    const message = sent > MAX_PROGRESS_LINES ? LEFT_OUT : line;
    // A client that is gone does not want the line; its call is cancelled by the closed connection.
    notify({ progressToken, progress, message }).catch(() => {});
  };
}
