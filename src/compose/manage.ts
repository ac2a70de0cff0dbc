import { EXIT, type OpenedCredentials, type Refused } from "../cli/types.ts";
import type { LoadConfig } from "../config/types.ts";
import { createEnforcement } from "../enforcement/enforce.ts";
import { buildInput } from "../input/build.ts";
import type { Arrival } from "../input/types.ts";
import { faultLine } from "../lib/fault.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { holder, unproven } from "../principal/caller.ts";
import type { Caller } from "../principal/types.ts";
import { createAlerts, tryAlert } from "./alerts.ts";
import { openFoundation } from "./foundation.ts";
import type { Parts } from "./open.ts";
import { tellNoted } from "./told-tools.ts";

/** The chain that all commands write, one after the other. */
const CHAIN = "cli";

/** How long a command waits for what upstreams present. */
const MEET_MS = 10_000;

/** Who can read the store and the pepper may manage what is in it, if policies allow. */
const OPERATOR: Caller = {
  ...unproven("absent"),
  principal: { kind: "operator", id: "operator", roles: [], permissions: null, claims: {} },
};

/** Opens what commands manage credentials with. */
export async function openCredentials(
  parts: Parts,
  loadConfig: LoadConfig,
  { log, upstreamLog }: Record<"log" | "upstreamLog", Log>,
): Promise<Outcome<OpenedCredentials, Refused>> {
  const loaded = await loadConfig();
  if (!loaded.ok) {
    return failed({ exit: EXIT.configuration, lines: loaded.failure.map(faultLine) });
  }
  const { config } = loaded.value;
  const opening = { config, loadConfig, log, onReload: () => {}, chain: CHAIN } as const;
  const founded = await openFoundation(parts, { ...opening, upstreamLog });
  if (!founded.ok) return founded;
  const { current, audit, keyring, upstreams } = founded.value;
  const { authenticate, gapOf, clock, keepAlive, verify } = keyring;
  const { readFreeze, planDeed, perform, seal } = keyring;
  const circumstances = (transport: "cli" | "stdio", caller: Caller): Arrival => ({
    requestId: parts.newId(),
    transport,
    era: null,
    nowMs: clock(),
    client: { ip: null, peer_ip: null, name: "kubiya", version: parts.shipped.version },
    caller,
  });
  const { redactor } = parts.redaction;
  const alertParts = { current, audit, keyring, redactor, newId: parts.newId, log };
  // What it leaves in the outbox a server delivers.
  const { heard, see, settled } = createAlerts(alertParts, (tell) => tell);
  const enforcement = createEnforcement({
    ...{ audit, buildInput, clock, log, keepAlive, readFreeze, planDeed, perform, seal, heard },
    redactor,
  });
  // What is new or held back the command shows itself.
  upstreams.onNoted((origin, noted) => tellNoted(origin, noted, { audit, log: upstreamLog }));
  const leaveTrail = async (): Promise<void> => {
    await settled();
    await audit.close();
  };
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
      const found = { ...circumstances("stdio", caller), frozen: await readFreeze() };
      const decision = await current().decide.admit(buildInput(found, asked));
      return { caller, decision, atMs: found.nowMs };
    },
    current,
    callerOf: holder,
    unproven,
    readFreeze,
    manage: (order) => {
      const arrived = { snapshot: current(), circumstances: circumstances("cli", OPERATOR) };
      return enforcement.manage(arrived, order);
    },
    definitions: keyring.definitions.known,
    meetUpstreams: (settings) => upstreams.meet(settings, MEET_MS),
    tryAlert: () => tryAlert(alertParts),
    leaveTrail,
    chainFailed: () => see({ what: "failure", part: "chain" }),
    close: async () => {
      await settled();
      await founded.value[Symbol.asyncDispose]();
    },
  } satisfies OpenedCredentials);
}
