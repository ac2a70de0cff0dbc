import type { Client, McpSubscription } from "@modelcontextprotocol/client";
import { setTimeout as wait } from "node:timers/promises";
import type { UpstreamLimits } from "../limits.ts";

/** Who hears of changes, and how patiently. */
export interface Subscribing {
  readonly limits: Pick<UpstreamLimits, "subscribeMs" | "lastRetryMs">;
  readonly onListChanged: () => void;
}

/**
 * In the newer era changes come over a subscription that the other end may end whenever it likes: it is made
 * anew while there is a connection, and what may have changed meanwhile is told as a change. (The older era has
 * none: the client of the library opened one where this is one.)
 */
export async function keepSubscribed(
  client: Pick<Client, "autoOpenedSubscription" | "listen">,
  connectionEnded: Promise<unknown>,
  { limits: { subscribeMs, lastRetryMs }, onListChanged }: Subscribing,
): Promise<void> {
  let subscription: McpSubscription | null = client.autoOpenedSubscription ?? null;
  if (subscription === null) return;
  const filter = subscription.honoredFilter;
  const over = connectionEnded.then(() => "local" as const);
  let pauseMs = subscribeMs;
  for (;;) {
    // One subscription after the other.
    const how = await Promise.race([over, subscription?.closed ?? "remote"]);
    if (how === "local") return;
    pauseMs = subscription === null ? Math.min(pauseMs * 2, lastRetryMs) : subscribeMs;
    const stopped = await Promise.race([over, wait(pauseMs, null, { ref: false })]);
    if (stopped !== null) return;
    subscription = await client.listen(filter).catch(() => null);
    if (subscription !== null) onListChanged();
  }
}
