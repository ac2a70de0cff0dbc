import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";

/** Makes UUIDs of version 7 (RFC 9562 section 5.7): ordered by the millisecond they were made in. */
export function createUuid(clock: Clock): () => string {
  return () => {
    const time = clock().toString(16).padStart(12, "0");
    // A version 4 has its random bits where a version 7 has them, but for those that the time takes.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
  };
}
