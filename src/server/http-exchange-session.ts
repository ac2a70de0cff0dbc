// On the trust boundary: a credential is exchanged for a session that is one itself, so that the credential
// need not be sent again. The session's secret is shown here, once, and is nowhere else.

import { isoOf } from "../lib/clock.ts";
import type { Done } from "../credential/types.ts";
import type { Snapshot } from "../decision/types.ts";
import type { Enforcement, ManageRefusal } from "../enforcement/types.ts";
import { type ArrivalParts, arriveHttp, type Incoming, refusedAs } from "./http-incoming.ts";
import { refusalResponse } from "./http-refusal.ts";
import { answerManage, type HttpSessions } from "./http-sessions.ts";
import { answerReason, type ErrorAnswer } from "./wire.ts";

/** What exchanging is made of. */
export interface ExchangeParts extends ArrivalParts {
  readonly enforcement: Pick<Enforcement, "manage">;
  readonly sessions: Pick<HttpSessions, "turnAway">;
  /** How long sessions last, in milliseconds. */
  readonly times: (snapshot: Snapshot) => { readonly idleMs: number; readonly lifetimeMs: number };
  /** When a credential ends that was made. */
  readonly endOf: (made: NonNullable<Done["made"]>) => number;
}

const MANNER = { era: null, client: { name: null, version: null }, session: "none" } as const;

/** `POST /auth/session`: `{session, expires_at, idle_timeout}`, the times as ISO 8601 and in seconds. */
export function createSessionExchange(
  parts: ExchangeParts,
): (incoming: Incoming) => Promise<Response> {
  const { enforcement, sessions, times, endOf } = parts;

  return async (incoming) => {
    const arrived = await arriveHttp(incoming, MANNER, parts);
    const { credential } = arrived.circumstances.caller;
    const refuse = (answer: ErrorAnswer): Response =>
      refusalResponse(answer, refusedAs(incoming, arrived, null));
    if (credential.id === null) return (await sessions.turnAway(incoming)) ?? refuse(NOTHING);
    const { idleMs, lifetimeMs } = times(incoming.snapshot);
    const created = await enforcement.manage(arrived, {
      do: "create",
      wanted: {
        kind: "session",
        name: "session",
        user: null,
        roles: [],
        permissions: null,
        allowed_ips: null,
        allow_stdio: false,
        lifetime_ms: lifetimeMs,
        parent: credential.id,
        idle_ms: idleMs,
      },
    });
    if (!created.ok) {
      if (!isForeign(created.failure)) return refuse(answerManage(created.failure));
      // Nothing was decided yet: one that has expired, or comes from elsewhere, is refused for that.
      return (await sessions.turnAway(incoming)) ?? refuse(FOREIGN);
    }
    const { made } = created.value;
    if (made === null) throw new Error("a session was made without a secret");
    const body = {
      session: made.secret.reveal(),
      expires_at: isoOf(endOf(made)),
      idle_timeout: idleMs / 1000,
    };
    return Response.json(body, { headers: { "Cache-Control": "no-store" } });
  };
}

/** A credential that is not kept here has nothing that a session could be made from. */
function isForeign(refusal: ManageRefusal): boolean {
  return refusal.reason === "not_managed" && refusal.failure.reason === "unknown_id";
}

const FOREIGN = answerReason({
  code: "keys.exceeds_creator",
  message: "Only a key of this server can be exchanged for a session; send this credential itself.",
});

const NOTHING = answerReason({
  code: "credential.missing",
  message: "A session is made from a credential; send one as a Bearer token.",
});
