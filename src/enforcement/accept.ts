import type { Circumstances } from "../input/types.ts";
import type { Parts } from "./types.ts";

/** Notes that a request was accepted: its session, where it has one, goes on. */
export function accept(keepAlive: Parts["keepAlive"], { caller, nowMs }: Circumstances): void {
  if (caller.session !== null) keepAlive.accepted(caller.session, nowMs);
}
