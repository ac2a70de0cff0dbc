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
  const keep = (piece: Uint8Array): void => {
    bytes += piece.length;
    if (bytes <= maxBytes) pieces.push(piece);
    else stopped = true;
  };
  const give = (): void => {
    const [first] = pieces;
    const whole = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
    onLine(Buffer.from(whole.buffer, whole.byteOffset, whole.length).toString("utf8"));
  };
  return {
    add: (chunk) => {
      let start = 0;
      while (!stopped) {
        const end = chunk.indexOf(NEWLINE, start);
        keep(chunk.subarray(start, end === -1 ? chunk.length : end));
        if (stopped) break;
        if (end === -1) return;
        give();
        start = end + 1;
      }
      if (pieces.length === 0 && bytes === 0) return;
      pieces = [];
      bytes = 0;
      onTooLong();
    },
  };
}
