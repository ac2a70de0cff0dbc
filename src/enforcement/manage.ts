// On the trust boundary: the one way to make, rotate, revoke or read credentials, or to
// freeze access. It never does what was not
// decided, and what it makes is recorded without its secret.

import type { AuditedEnd } from "../audit/types.ts";
import type { Deed, DeedFailure, Done, Unplanned } from "../credential/types.ts";
import type { Asked, Circumstances } from "../input/types.ts";
import { failed, type Outcome } from "../lib/outcome.ts";
import type { Trail } from "./trail.ts";
import type { Enforcement, Judged, ManageRefusal, Parts } from "./types.ts";

/** Somebody else may change the same credential in the meantime: then it is judged anew. */
const TRIES = 3;

/** Manages credentials: each order is decided, recorded, done, and recorded. */
export function createManage(parts: Parts, trail: Trail): Enforcement<Judged>["manage"] {
  const { buildInput, clock, planDeed, perform } = parts;

  return async (judged, order) => {
    for (let tried = 1; ; tried += 1) {
      const planned = await planDeed(order, judged.circumstances.nowMs);
      if (!planned.ok) return recordUnplanned(judged, planned.failure);
      const managed = await carryOut(judged, planned.value);
      const again = !managed.ok && managed.failure.reason === "not_managed";
      if (!again || managed.failure.failure.reason !== "conflict" || tried === TRIES) {
        return managed;
      }
    }
  };

  /** Nobody is asked about what cannot be done; that it was wanted is recorded. */
  async function recordUnplanned(
    { snapshot, circumstances }: Judged,
    { action: name, recorded, failure }: Unplanned,
  ): Promise<Outcome<Done, ManageRefusal>> {
    const action = { ...trail.action(circumstances, name), parameters: recorded, decision: null };
    const end = { result: "error", errorCode: failure.reason } as const;
    const noted = await trail.note(snapshot.decide, action, end);
    return noted.ok ? failed({ reason: "not_managed", failure }) : noted;
  }

  async function carryOut(
    { snapshot, circumstances }: Judged,
    deed: Deed,
  ): Promise<Outcome<Done, ManageRefusal>> {
    const { decide } = snapshot;
    const input = buildInput(withSeen(circumstances, deed), askedOf(deed));
    const verdict = await decide.manage(input, deed);
    const action = {
      ...trail.action(circumstances, deed.action),
      parameters: deed.recorded,
      decision: verdict.decision,
    };
    if (!verdict.allowed) return trail.refuse(decide, action);
    const intent = await trail.begin(decide, action);
    if (!intent.ok) return intent;
    const startedMs = clock();
    const performed = await perform(verdict.permit, circumstances.nowMs);
    const ended = await intent.value.end(endOf(performed, Math.max(0, clock() - startedMs)));
    if (!ended.ok) return ended;
    return performed.ok ? performed : failed({ reason: "not_managed", failure: performed.failure });
  }
}

/** How many sessions a credential has open is counted for the one more that is asked for, and for nothing else. */
function withSeen(circumstances: Circumstances, { change }: Deed): Circumstances {
  const { caller } = circumstances;
  const openSession = change?.openSession ?? null;
  if (openSession === null || caller.credential.status !== "verified") return circumstances;
  const credential = { ...caller.credential, sessions: openSession.seen };
  return { ...circumstances, caller: { ...caller, credential } };
}

function askedOf({ action, requested, subject }: Deed): Asked {
  return {
    action,
    ...(requested !== null && { requested }),
    ...(subject !== null && { subject }),
  };
}

function endOf(performed: Outcome<Done, DeedFailure>, durationMs: number): AuditedEnd {
  return {
    result: performed.ok ? "success" : "error",
    errorCode: performed.ok ? null : performed.failure.reason,
    exitCode: null,
    durationMs,
    outputBytes: null,
    outputDigest: null,
  };
}
