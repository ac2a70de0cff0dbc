import type { Audit } from "../audit/types.ts";
import type { CurrentSnapshot } from "../decision/types.ts";
import { buildInput } from "../input/build.ts";
import { done } from "../lib/outcome.ts";
import { unproven } from "../principal/caller.ts";
import type { Keyring } from "./keyring.ts";

/** A trail of which `failed` hears each time that a record is not written. */
export function watchAudit(audit: Audit, failed: () => void): Audit {
  const noted = <T extends { readonly ok: boolean }>(outcome: T): T => {
    if (!outcome.ok) failed();
    return outcome;
  };
  return {
    begin: async (action) => {
      const begun = noted(await audit.begin(action));
      if (!begun.ok) return begun;
      const { id, end, endUnheard } = begun.value;
      return done({
        id,
        end: async (how) => noted(await end(how)),
        endUnheard: async (how) => noted(await endUnheard(how)),
      });
    },
    note: async (action, end) => noted(await audit.note(action, end)),
    event: async (event) => noted(await audit.event(event)),
    close: audit.close,
  };
}

/** What readiness is asked of. */
export interface ReadyParts {
  readonly current: CurrentSnapshot;
  readonly keyring: Pick<Keyring, "works">;
  readonly auditWorks: () => boolean;
}

/** The names of what does not work now: policies, store, audit. */
export function createReady({
  current,
  keyring,
  auditWorks,
}: ReadyParts): () => Promise<readonly string[]> {
  return async () => {
    const [policies, store] = await Promise.all([decides(current), keyring.works()]);
    return [
      ...(policies ? [] : ["policies"]),
      ...(store ? [] : ["store"]),
      ...(auditWorks() ? [] : ["audit"]),
    ];
  };
}

/** Whether policies answer, whatever they say. */
async function decides(current: CurrentSnapshot): Promise<boolean> {
  const circumstances = {
    requestId: "ready",
    transport: "http",
    era: null,
    nowMs: Date.now(),
    client: { ip: "127.0.0.1", peer_ip: "127.0.0.1", name: null, version: null },
    caller: unproven("absent"),
    frozen: null,
  } as const;
  const { decide } = current();
  const decision = await decide.admit(buildInput(circumstances, { action: "server/discover" }));
  return !decision.reasons.some(({ code }) => code.startsWith("policy."));
}
