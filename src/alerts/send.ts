import type { AlertSetting } from "../config/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { PostText } from "../outbound/types.ts";
import type { TakenAlert } from "../store/types.ts";
import { signedHeaders } from "./signature.ts";
import type { Sent } from "./types.ts";

/** Sends an alert once, signed, unless it is broken off. */
export type Send = (
  alert: Pick<TakenAlert, "id" | "body">,
  webhook: AlertSetting,
  signal: AbortSignal,
) => Promise<Sent>;

/** Sends over this client. */
export function createSend(post: PostText, clock: Clock): Send {
  return async ({ id, body }, { webhook_url: webhookUrl, secret }, signal) => {
    const url = webhookUrl.reveal();
    const timestamp = Math.floor(clock() / 1000);
    const headers = signedHeaders({ id, timestamp, body }, secret);
    const posted = await post(url, { headers, body, signal });
    if (!posted.ok) return { result: "unreachable", detail: posted.failure.detail };
    const result = posted.value >= 200 && posted.value < 300 ? "delivered" : "refused";
    // The rest of the address is often a secret.
    return { result, host: new URL(url).host, status: posted.value };
  };
}
