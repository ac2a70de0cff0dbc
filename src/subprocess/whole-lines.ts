const NEWLINE = 0x0a;

/** Cuts what a program writes into lines of any length up to a limit. */
export interface WholeLines {
  readonly add: (chunk: Uint8Array) => void;
}

/** Gives each line whole; `onTooLong` is called once, and nothing is given after it. */
export function createWholeLines(
  maxBytes: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): WholeLines {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  let stopped = false;
  return {
    add: (chunk) => {
      let start = 0;
      for (let end = endOf(chunk, start); end !== -1; end = endOf(chunk, start)) {
        if (!keeps(chunk.subarray(start, end))) return;
        give();
        start = end + 1;
      }
      keeps(chunk.subarray(start));
    },
  };

  function keeps(piece: Uint8Array): boolean {
    if (stopped) return false;
    bytes += piece.length;
    pieces.push(piece);
    stopped = bytes > maxBytes;
    if (!stopped) return true;
    pieces = [];
    onTooLong();
    return false;
  }

  function give(): void {
    const line = Buffer.concat(pieces).toString("utf8");
    pieces = [];
    bytes = 0;
    onLine(line);
  }
}

function endOf(chunk: Uint8Array, start: number): number {
  return chunk.indexOf(NEWLINE, start);
}
