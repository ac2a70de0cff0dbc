import type { IncomingMessage } from "node:http";
import type { Snapshot } from "../decision/types.ts";
import type { Arrived } from "../enforcement/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Secret } from "../lib/secret.ts";
import type { Authenticate } from "../principal/types.ts";
import type { ClientName } from "./ask.ts";
import type { ClientAddress } from "./http-address.ts";
import type { RefusedRequest } from "./http-refusal.ts";

/** A request whose head was found fit; its body is not read yet. */
export interface Incoming {
  readonly request: IncomingMessage;
  readonly credential: Secret | null;
  /** The session that its header names. */
  readonly session: string | null;
  readonly address: ClientAddress;
  /** What decides about it, to its end. */
  readonly snapshot: Snapshot;
  /** Aborted when the client is gone, or the server does not wait any more. */
  readonly gone: AbortSignal;
  readonly clientReads: () => boolean;
  /** What clients call this server, without a slash at its end. */
  readonly base: string;
  readonly metadataUrl: string;
  /** Hears who the request is from, as soon as that is known. */
  readonly named: (user: string | null) => void;
}

/** What naming a caller over HTTP is made of. */
export interface ArrivalParts {
  readonly authenticate: Authenticate;
  readonly newId: () => string;
  readonly clock: Clock;
}

/** How a request speaks of itself. */
export interface Manner {
  readonly era: "legacy" | "modern" | null;
  readonly client: ClientName;
  /** Whether the session of its header counts: a modern client has none, and `initialize` has none yet. */
  readonly session: "as_named" | "none";
}

/** Names the caller of a request. */
export async function arriveHttp(
  { credential, session, address, snapshot, named: tellName }: Incoming,
  { era, client, session: counts }: Manner,
  { authenticate, newId, clock }: ArrivalParts,
): Promise<Arrived> {
  const named = counts === "as_named" ? session : null;
  const caller = await authenticate({ credential, session: named });
  tellName(caller.principal.id);
  const circumstances = {
    requestId: newId(),
    transport: "http",
    era,
    nowMs: clock(),
    client: { ...address, ...client },
    caller,
  } as const;
  return { snapshot, circumstances };
}

/** The request as its refusal sees it. */
export function refusedAs(
  { session, metadataUrl }: Incoming,
  { circumstances }: Arrived,
  id: RefusedRequest["id"],
): RefusedRequest {
  const { era, caller } = circumstances;
  const named = era === "legacy" && session !== null ? "named" : "none";
  return {
    id,
    session: caller.credential.kind === "session" ? "credential" : named,
    metadataUrl,
  };
}
