import { randomBytes } from "node:crypto";
import { createDefinitions } from "../credential/definitions.ts";
import { createKeepAlive } from "../credential/keep-alive.ts";
import { createPlanDeed } from "../credential/plan.ts";
import { openPeppers } from "../credential/pepper.ts";
import { createPerform } from "../credential/perform.ts";
import { createReadFreeze } from "../credential/read-freeze.ts";
import { rememberVerified } from "../credential/remember.ts";
import { ROOM } from "../credential/room.ts";
import type {
  Definitions,
  KeepAlive,
  Perform,
  PlanDeed,
  ReadFreeze,
  Verify,
} from "../credential/types.ts";
import { openSteadyClock } from "../credential/steady-clock.ts";
import { createSessions } from "../credential/sessions.ts";
import { createVerify } from "../credential/verify.ts";
import type { Config } from "../config/types.ts";
import { createSeal, type Seal } from "../enforcement/seal.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";
import {
  createAuthenticate,
  createGapOf,
  createOwnCredentials,
} from "../principal/authenticate.ts";
import type { CloudParts } from "../principal/cloud.ts";
import type { Authenticate, Gap } from "../principal/types.ts";
import { createUnverified } from "../principal/unverified.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/types.ts";
import { createForeign, type Trusted } from "./foreign.ts";
import type { Redaction } from "./redaction.ts";

/** The credentials of this server: who presents one, and what is done to them. */
export interface Keyring {
  readonly verify: Verify;
  readonly authenticate: Authenticate;
  /** Why a credential cannot be verified, by its kind alone; null where it can. */
  readonly gapOf: (presented: Secret) => Gap | null;
  readonly keepAlive: KeepAlive;
  /** The time by which credentials end: it never goes back. */
  readonly clock: Clock;
  readonly readFreeze: ReadFreeze;
  /** What was approved of the tools of sources outside the configuration. */
  readonly definitions: Definitions;
  readonly planDeed: PlanDeed;
  readonly perform: Perform;
  /** Seals what clients keep between two requests, with a key that this process alone has. */
  readonly seal: Seal;
  /** Alerts on their way. */
  readonly outbox: Store["alerts"];
  /** How many sessions are open; null where the store cannot say. */
  readonly openSessions: () => Promise<number | null>;
  /** Whether the store answers now. */
  readonly works: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** What a keyring is made of. */
interface KeyringParts extends Pick<Redaction, "useKey"> {
  readonly newId: () => string;
  readonly log: Log;
  /** Whose credentials count besides those of this server, at the moment. */
  readonly trusted: () => Trusted;
  /** The permissions that a scope of a cloud key stands for. */
  readonly cloudScopes: CloudParts["scopes"];
}

/** Opens the store and the pepper of a configuration; the failure says what cannot be used and how to mend it. */
export async function openKeyring(
  config: Config,
  { newId, log, useKey, trusted, cloudScopes }: KeyringParts,
): Promise<Outcome<Keyring, { readonly detail: string }>> {
  const stopwatch = (): number => performance.now();
  const opened = await openStore({
    postgres: config.store.postgres,
    stateDir: config.state_dir,
    stopwatch,
  });
  if (!opened.ok) return opened;
  const store = opened.value;
  const peppers = await openPeppers(config.state_dir, store);
  if (!peppers.ok) {
    await store.close();
    return peppers;
  }
  const pepper = peppers.value.version(peppers.value.current);
  if (pepper !== null) useKey(pepper);
  const steady = await openSteadyClock({ store, clock: Date.now, stopwatch, log });
  if (!steady.ok) {
    await store.close();
    return steady;
  }
  const clock = steady.value.now;
  const { session, refreshSession } = createSessions({ store, peppers: peppers.value, log });
  const keepAlive = createKeepAlive({ used: store.used, refreshSession }, log);
  const proven = createVerify({ store, peppers: peppers.value, log });
  const verify = rememberVerified(proven, { store, stopwatch });
  const { latest } = keepAlive;
  const known = { store: { session }, latest, clock, log };
  const authenticators = [
    createOwnCredentials({ ...known, verify }),
    createUnverified("wrapped", log),
    ...createForeign({ ...known, stopwatch, trusted, cloudScopes, proxies: config.proxies }),
  ];
  return done({
    verify,
    authenticate: createAuthenticate(authenticators),
    gapOf: createGapOf(authenticators),
    keepAlive,
    readFreeze: createReadFreeze({ store, stopwatch, log }),
    definitions: createDefinitions({ store, peppers: peppers.value, log, room: ROOM }),
    planDeed: createPlanDeed({ store, peppers: peppers.value, newId }),
    perform: createPerform(store, peppers.value),
    outbox: store.alerts,
    clock,
    seal: createSeal(randomBytes(32), clock),
    close: async () => {
      steady.value.close();
      await store.close();
    },
    openSessions: async () => {
      const open = await store.sessions({ nowMs: clock() });
      return open.ok ? open.value.length : null;
    },
    works: async () => (await store.epoch()).ok,
  });
}
