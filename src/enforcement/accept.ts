import type { Circumstances } from "../input/types.ts";
import type { Parts } from "./types.ts";

/** Notes that a request was accepted: its credential was used, and its session, where it has one, goes on. */
export function accept(keepAlive: Parts["keepAlive"], { caller, nowMs }: Circumstances): void {
  if (caller.credential.id !== null) keepAlive.used(caller.credential.id, nowMs);
  if (caller.session !== null) keepAlive.accepted(caller.session, nowMs);
}
