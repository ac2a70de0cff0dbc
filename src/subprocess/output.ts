/** Collects the bytes that a program writes, up to a limit. */
export interface Output {
  readonly add: (chunk: Uint8Array) => void;
  /** All that was written, kept or not. */
  readonly bytes: () => number;
  readonly truncated: () => boolean;
  /** What was kept, cut between characters. */
  readonly text: () => string;
}

/** Keeps the beginning. */
export function createHead(maxBytes: number): Output {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  return {
    add: (chunk) => {
      const room = maxBytes - bytes;
      bytes += chunk.length;
      if (room > 0) kept.push(chunk.subarray(0, room));
    },
    bytes: () => bytes,
    truncated: () => bytes > maxBytes,
    text: () => {
      const all = Buffer.concat(kept);
      return all.subarray(0, bytes > maxBytes ? characterEnd(all) : all.length).toString();
    },
  };
}

/** Keeps the end. */
export function createTail(maxBytes: number): Output {
  let kept: Buffer = Buffer.alloc(0);
  let bytes = 0;
  return {
    add: (chunk) => {
      bytes += chunk.length;
      const all = Buffer.concat([kept, chunk]);
      kept = all.subarray(Math.max(0, all.length - maxBytes));
    },
    bytes: () => bytes,
    truncated: () => bytes > maxBytes,
    text: () => kept.subarray(characterStart(kept)).toString(),
  };
}

/** Where the last whole UTF-8 character of some bytes ends (RFC 3629 section 3). */
function characterEnd(bytes: Uint8Array): number {
  let start = bytes.length - 1;
  while (start >= 0 && isContinuation(bytes[start])) start -= 1;
  const first = bytes[start] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return start + length <= bytes.length ? bytes.length : Math.max(0, start);
}

/** Where the first whole UTF-8 character of some bytes starts. */
function characterStart(bytes: Uint8Array): number {
  let start = 0;
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  return start;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
