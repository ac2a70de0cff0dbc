import { setTimeout as wait } from "node:timers/promises";
import type { Upstream } from "./types.ts";

/** One that has not said what it presents, and why. */
export interface Unread {
  readonly name: string;
  readonly why: string;
}

/** Has each say what it presents now; gives those that did not within so long. */
export async function meet(
  upstreams: readonly Upstream[],
  withinMs: number,
): Promise<readonly Unread[]> {
  const why = `it has not said what it has within ${withinMs / 1000} s`;
  const late = wait(withinMs, why, { ref: false });
  const met = upstreams.map(async ({ name, connect }) => {
    const whyNot = await Promise.race([whyNotOf(connect), late]);
    return whyNot === null ? [] : [{ name, why: whyNot }];
  });
  return (await Promise.all(met)).flat();
}

async function whyNotOf(connect: Upstream["connect"]): Promise<string | null> {
  const connected = await connect();
  if (connected.ok) return null;
  const { failure } = connected;
  return "detail" in failure ? failure.detail : failure.reason;
}
