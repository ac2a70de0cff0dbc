import { randomFillSync } from "node:crypto";
import type { Clock } from "./clock.ts";

/** Makes UUIDs of version 7 (RFC 9562 section 5.7): ordered by the millisecond they were made in. */
export function createUuid(clock: Clock): () => string {
  const bytes = Buffer.alloc(16);
  return () => {
    randomFillSync(bytes);
    bytes.writeUIntBE(clock(), 0, 6);
    bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
    const hex = bytes.toString("hex");
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join("-");
  };
}
