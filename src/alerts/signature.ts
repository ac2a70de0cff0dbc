// On the trust boundary: what proves to a receiver that an alert is from here (Standard Webhooks 1.0.0,
// "Signature scheme"). The secret leaves this file as nothing but a signature.

import { createHmac } from "node:crypto";
import type { Secret } from "../lib/secret.ts";

/** What is sent, and when. */
export interface Message {
  /** The same for each attempt. */
  readonly id: string;
  /** Seconds since 1970 of this attempt. */
  readonly timestamp: number;
  readonly body: string;
}

/** The headers of a message; the secret is `whsec_` and the base64 of the key. */
export function signedHeaders(
  { id, timestamp, body }: Message,
  secret: Secret,
): Readonly<Record<string, string>> {
  const key = Buffer.from(secret.reveal().slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  };
}
