const NEWLINE = 10;

/** Takes a chunk of a stream. */
export type TakeChunk = (chunk: Uint8Array) => void;

/**
 * Cuts a stream of chunks into lines, each without its newline. A line that grows past `maxBytes` is
 * given as null once, and dropped up to its end.
 */
export function createLineReader(
  maxBytes: number,
  onLine: (line: Uint8Array | null) => void,
): TakeChunk {
  let parts: Uint8Array[] = [];
  let length = 0;
  let dropping = false;

  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at));
      finish();
      from = at + 1;
    }
    keep(chunk.subarray(from));
  };

  function keep(part: Uint8Array): void {
    length += part.length;
    if (dropping || part.length === 0) return;
    if (length <= maxBytes) {
      parts.push(part);
      return;
    }
    parts = [];
    dropping = true;
    onLine(null);
  }

  function finish(): void {
    const line = Buffer.concat(parts);
    const dropped = dropping;
    parts = [];
    length = 0;
    dropping = false;
    if (!dropped && line.length > 0) onLine(line);
  }
}
