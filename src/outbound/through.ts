import { buildConnector } from "undici";
import type { ProxySetting } from "../config/types.ts";
import { kindOf, OutboundError } from "./failure.ts";

/** Connects to a proxy, whose certificate is for its own name and not for that of the host that is asked for. */
export function connectorTo(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout, allowH2: false });
  return (to, made) => connect({ ...to, servername: "" }, made);
}

/** Who this server is to a proxy (RFC 7617 section 2). */
export function authorizationFor({ credential }: ProxySetting): Readonly<Record<string, string>> {
  if (credential === null) return {};
  const encoded = Buffer.from(credential.reveal()).toString("base64");
  return { "proxy-authorization": `Basic ${encoded}` };
}

/** A proxy did not let it through; nothing was sent to the host. */
export function notThrough(host: string, { url }: ProxySetting, thrown: unknown): OutboundError {
  const why = `${host} cannot be reached through the proxy ${new URL(url).host}`;
  return new OutboundError(`${why}: ${kindOf(thrown)}`, { cause: thrown, sent: false });
}

/** A proxy's answer of its own. */
export function answeredItself(status: number): OutboundError {
  const who = status === 407 ? ", as it wants to know who asks" : "";
  return new OutboundError(`it answered ${status}${who}`, { sent: false });
}
