// On the trust boundary: the caller on stdio. The process is one session where there are sessions: it is
// opened with the first request, and once it is over the credential is looked at anew. It never judges.

import type { Config } from "../config/types.ts";
import type { Order } from "../credential/types.ts";
import type { Snapshot } from "../decision/types.ts";
import type { Arrived, Denial, Enforcement, Refusal } from "../enforcement/types.ts";
import type { Arrival } from "../input/types.ts";
import type { Clock } from "../lib/clock.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";
import type { Authenticate } from "../principal/types.ts";
import { sessionWanted } from "./session-wanted.ts";

/** What the caller on stdio is found out with. */
export interface ProcessParts {
  readonly enforcement: Pick<Enforcement, "manage">;
  readonly authenticate: Authenticate;
  /** The credential of the configuration, read anew. */
  readonly credential: () => Promise<Secret | null>;
  /** How long a session may be idle, in milliseconds; null where there are no sessions. */
  readonly idleMs: (snapshot: Snapshot) => number | null;
  readonly clock: Clock;
}

/** The caller on stdio, from request to request. */
export interface ProcessSession {
  /** Names the caller of a request, and opens the session where there is none yet. */
  readonly enter: (
    snapshot: Snapshot,
    circumstances: Omit<Arrival, "caller">,
  ) => Promise<Outcome<Arrived, Denial>>;
  /**
   * Looks at a refusal: a session or a credential that is over is forgotten, and the next request begins with
   * what is configured then.
   */
  readonly refused: (refusal: Refusal) => void;
  /** Ends the session with its process. */
  readonly end: () => Promise<void>;
}

/** What is over, and may have been replaced. */
const OVER = /^(?:session\.|credential\.(?:expired|revoked)$)/;

/** The session of this process. */
export function createProcessSession(parts: ProcessParts): ProcessSession {
  const { enforcement, authenticate, idleMs } = parts;
  let session: string | null = null;
  let opening: Promise<Outcome<Arrived, Denial>> | null = null;
  /** What was read anew, for as long as the configuration is the one that it was read under. */
  let anew: { readonly config: Config; readonly credential: Promise<Secret | null> } | null = null;
  let config: Config | null = null;
  let last: Arrived | null = null;

  return {
    enter: async (snapshot, rest) => {
      config = snapshot.world.config;
      const arrived = await arrive(snapshot, rest);
      last = arrived;
      const order = sessionWanted(arrived, idleMs(snapshot));
      if (session !== null || order === null) return done(arrived);
      // Of several first requests one opens the session, and the others wait for it.
      opening ??= open(arrived, order).finally(() => {
        opening = null;
      });
      const opened = await opening;
      return opened.ok ? done(await arrive(snapshot, rest)) : opened;
    },
    refused: (refusal) => {
      if (refusal.reason !== "denied" || config === null) return;
      if (!refusal.decision.reasons.some(({ code }) => OVER.test(code))) return;
      session = null;
      anew = { config, credential: parts.credential() };
    },
    end: async () => {
      if (last === null || session === null) return;
      const { snapshot, circumstances } = last;
      const { caller: _, ...rest } = circumstances;
      // One that is over already needs no end; what went wrong is on the trail and in the log.
      await enforcement.manage(await arrive(snapshot, { ...rest, nowMs: parts.clock() }), {
        do: "close_session",
        id: session,
      });
    },
  };

  async function arrive(snapshot: Snapshot, rest: Omit<Arrival, "caller">): Promise<Arrived> {
    const configured = snapshot.world.config;
    const credential =
      anew?.config === configured ? await anew.credential : configured.caller_credential;
    const caller = await authenticate({ credential, session });
    return { snapshot, circumstances: { ...rest, caller } };
  }

  async function open(arrived: Arrived, order: Order): Promise<Outcome<Arrived, Denial>> {
    const opened = await enforcement.manage(arrived, order);
    if (opened.ok) session = opened.value.opened?.id ?? null;
    else if (opened.failure.reason !== "not_managed") return { ok: false, failure: opened.failure };
    // Without a session the request is denied, and says so.
    return done(arrived);
  }
}
