// On the trust boundary: sessions of clients over HTTP. An id never authenticates: each request carries its
// credential too, and policy holds the one to the other.

import type { Snapshot } from "../decision/types.ts";
import type { Arrived, Enforcement, ManageRefusal } from "../enforcement/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { type ArrivalParts, arriveHttp, type Incoming, refusedAs } from "./http-incoming.ts";
import { refusalResponse } from "./http-refusal.ts";
import { methodNotAllowed } from "./http-reply.ts";
import { sessionWanted } from "./session-wanted.ts";
import { answerReason, answerRequest, type ErrorAnswer } from "./wire.ts";

/** What sessions over HTTP are made of. */
export interface SessionParts extends ArrivalParts {
  readonly enforcement: Enforcement;
  /** How long a session may be idle, in milliseconds; null where there are no sessions. */
  readonly idleMs: (snapshot: Snapshot) => number | null;
}

/** Sessions of legacy clients, and who may be here at all. */
export interface HttpSessions {
  /** Opens the session of a client that initializes, where it needs one; its id, and the headers that tell it. */
  readonly open: (arrived: Arrived) => Promise<Outcome<Opened, ErrorAnswer>>;
  /** Ends the session that a request names. */
  readonly end: (incoming: Incoming) => Promise<Response>;
  /** The refusal of a request that asks for nothing that there is; null where its caller may be here. */
  readonly turnAway: (incoming: Incoming) => Promise<Response | null>;
}

/** A session that was opened; without one where none is needed. */
interface Opened {
  readonly session: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

const NONE: Opened = { session: null, headers: {} };
const NOBODY = { name: null, version: null };

/** Sessions on the trail of enforcement. */
export function createHttpSessions(parts: SessionParts): HttpSessions {
  const { enforcement, idleMs } = parts;

  const turnAway: HttpSessions["turnAway"] = async (incoming) => {
    const manner = { era: null, client: NOBODY, session: "none" } as const;
    const arrived = await arriveHttp(incoming, manner, parts);
    const admitted = await enforcement.admit(arrived, "ping");
    if (admitted.ok) return null;
    return refusalResponse(answerRequest(admitted.failure), refusedAs(incoming, arrived, null));
  };

  return {
    turnAway,
    open: async (arrived) => {
      const order = sessionWanted(arrived, idleMs(arrived.snapshot));
      if (order === null) {
        const admitted = await enforcement.admit(arrived, "initialize");
        return admitted.ok ? done(NONE) : failed(answerRequest(admitted.failure));
      }
      const opened = await enforcement.manage(arrived, order);
      if (!opened.ok) return failed(answerManage(opened.failure));
      const id = opened.value.opened?.id;
      return done(id === undefined ? NONE : { session: id, headers: { "Mcp-Session-Id": id } });
    },
    end: async (incoming) => {
      if (idleMs(incoming.snapshot) === null) {
        return (await turnAway(incoming)) ?? methodNotAllowed(["POST"]);
      }
      const manner = { era: "legacy", client: NOBODY, session: "as_named" } as const;
      const arrived = await arriveHttp(incoming, manner, parts);
      const id = arrived.circumstances.caller.session?.id ?? "";
      const ended = await enforcement.manage(arrived, { do: "close_session", id });
      if (ended.ok || wasEnded(ended.failure)) return new Response(null, { status: 204 });
      return refusalResponse(answerManage(ended.failure), refusedAs(incoming, arrived, null));
    },
  };
}

/** It was still there when the request came, and somebody else ended it in between. */
function wasEnded(refusal: ManageRefusal): boolean {
  return refusal.reason === "not_managed" && refusal.failure.reason === "unknown_id";
}

/** The answer to an order that was not carried out. */
export function answerManage(refusal: ManageRefusal): ErrorAnswer {
  if (refusal.reason !== "not_managed") return answerRequest(refusal);
  return answerReason({
    code: "server.store",
    message: "Credentials and sessions cannot be kept now; try again in a moment.",
  });
}
