import { openAudit } from "../audit/open.ts";
import { EXIT, type Host, type OpenedCredentials, type Refused } from "../cli/types.ts";
import { createEnforcement } from "../enforcement/enforce.ts";
import { buildInput } from "../input/build.ts";
import type { Circumstances } from "../input/types.ts";
import { faultLine } from "../lib/fault.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { unproven } from "../principal/caller.ts";
import type { Caller } from "../principal/types.ts";
import { openKeyring } from "./keyring.ts";
import { openPolicies, type Parts } from "./open.ts";

/** The chain that all commands write, one after the other. */
const CHAIN = "cli";

/** Who can read the store and the pepper may manage what is in it, if policies allow. */
const OPERATOR: Caller = {
  ...unproven("absent"),
  principal: { kind: "operator", id: "operator", roles: [], permissions: null, claims: {} },
};

/** Opens what commands manage credentials with. */
export function createOpenCredentials(parts: Parts, log: Log): Host["openCredentials"] {
  return async (loadConfig) => {
    const loaded = await loadConfig();
    if (!loaded.ok) return refused(EXIT.configuration, loaded.failure.map(faultLine));
    const { config } = loaded.value;
    const policies = await openPolicies(parts, { loadConfig, log, onReload: () => {} });
    if (!policies.ok) return refused(EXIT.configuration, policies.failure.map(faultLine));
    const { newId } = parts;
    const audit = await openAudit({
      dir: config.audit_dir,
      clock: Date.now,
      newId,
      log,
      chain: CHAIN,
    });
    const keyring = audit.ok ? await openKeyring(config, { newId, log }) : audit;
    if (!audit.ok || !keyring.ok) {
      if (audit.ok) await audit.value.close();
      await policies.value.close();
      return refused(EXIT.outside, keyring.ok ? [] : [keyring.failure.detail]);
    }
    const { authenticate, gapOf, clock, keepAlive, planDeed, perform, verify } = keyring.value;
    const { current } = policies.value;
    const circumstances = (transport: "cli" | "stdio", caller: Caller): Circumstances => ({
      requestId: newId(),
      transport,
      era: null,
      nowMs: clock(),
      client: { ip: null, peer_ip: null, name: "kubiya", version: parts.shipped.version },
      caller,
    });
    const enforcement = createEnforcement({
      ...{ audit: audit.value, buildInput, clock, log, keepAlive, planDeed, perform },
    });
    return done({
      config,
      newKeyPermissions: Object.keys(parts.shipped.defaults.new_key),
      lifetimes: parts.shipped.defaults.lifetimes,
      verify,
      gapOf,
      admit: async (credential) => {
        const caller = await authenticate({ credential, session: null });
        // The first that a server asks about a credential on stdio. It needs no permission: what the
        // credential may do is another question.
        const asked = { action: "sessions/open" } as const;
        const found = circumstances("stdio", caller);
        const decision = await current().decide.admit(buildInput(found, asked));
        return { caller, decision, atMs: found.nowMs };
      },
      manage: (order) => {
        const arrived = { snapshot: current(), circumstances: circumstances("cli", OPERATOR) };
        return enforcement.manage(arrived, order);
      },
      close: async () => {
        await keyring.value.close();
        await audit.value.close();
        await policies.value.close();
      },
    } satisfies OpenedCredentials);
  };
}

function refused(exit: Refused["exit"], lines: readonly string[]): Outcome<never, Refused> {
  return failed({ exit, lines });
}
