// A keyring on a real store, for tests.

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPeppers, type Peppers } from "../../src/credential/pepper.ts";
import { createPerform } from "../../src/credential/perform.ts";
import { createPlanDeed } from "../../src/credential/plan.ts";
import { rememberVerified } from "../../src/credential/remember.ts";
import type {
  Deed,
  DeedFailure,
  Done,
  Order,
  Verification,
  Wanted,
} from "../../src/credential/types.ts";
import { createVerify } from "../../src/credential/verify.ts";
import type { Outcome } from "../../src/lib/outcome.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import { createSecret, type Secret } from "../../src/lib/secret.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/types.ts";
import { NOON } from "./world.ts";

export const HOUR = 3_600_000;

/** A key that somebody asks for. */
export const KEY: Wanted = {
  kind: "key",
  name: "ci",
  user: "ada",
  roles: ["developer"],
  permissions: ["tools:list"],
  allowed_ips: null,
  allow_stdio: false,
  lifetime_ms: HOUR,
  parent: null,
  idle_ms: null,
};

/** A keyring on a real store. */
export interface Keys {
  readonly store: Store;
  readonly dir: string;
  readonly peppers: Peppers;
  /** What the log says of errors. */
  readonly lines: readonly string[];
  /** Runs SQL past the store, as whoever can write its file does. */
  readonly sql: (text: string) => void;
  readonly plan: (order: Order, nowMs?: number) => Promise<Deed>;
  /** Does what was planned, as if it had been permitted. */
  readonly perform: (deed: Deed, nowMs?: number) => Promise<Outcome<Done, DeedFailure>>;
  /** Why it cannot be planned. */
  readonly fault: (order: Order, nowMs?: number) => Promise<DeedFailure | null>;
  /** Plans and does it, as if it had been permitted. */
  readonly carryOut: (order: Order, nowMs?: number) => Promise<Done>;
  readonly verify: (text: Secret | string) => Promise<Verification>;
}

/** The value of an outcome that must have one. */
export function must<T>(outcome: Outcome<T, unknown>): T {
  return outcome.ok ? outcome.value : assert.fail(JSON.stringify(outcome.failure));
}

/** Gives the work a keyring in a folder of its own, which is removed after it. */
export async function withKeys(work: (keys: Keys) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "kubiya-keys-"));
  const silent = () => {};
  const lines: string[] = [];
  const log = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (line: string) => lines.push(line),
  };
  const stopwatch = () => performance.now();
  const store = must(await openStore({ postgres: null, stateDir: dir, stopwatch }));
  const peppers = must(await openPeppers(dir, store));
  let ids = 0;
  const planDeed = createPlanDeed({ store, peppers, newId: () => `session-${(ids += 1)}` });
  const does = createPerform(store, peppers);
  const perform: Keys["perform"] = (deed, nowMs = NOON) => does(mintPermit("d", deed), nowMs);
  const proven = createVerify({ store, peppers, log });
  const verify = rememberVerified(proven, { store, stopwatch });
  const plan: Keys["plan"] = async (order, nowMs = NOON) => must(await planDeed(order, nowMs));
  try {
    await work({
      ...{ store, dir, peppers, lines, plan, perform },
      sql: (text) => {
        const database = new DatabaseSync(join(dir, "store.sqlite"), {
          enableForeignKeyConstraints: false,
        });
        database.exec(text);
        database.close();
      },
      fault: async (order, nowMs = NOON) => {
        const planned = await planDeed(order, nowMs);
        return planned.ok ? null : planned.failure.failure;
      },
      carryOut: async (order, nowMs = NOON) => must(await perform(await plan(order, nowMs), nowMs)),
      verify: async (text) =>
        must(await verify(typeof text === "string" ? createSecret(text) : text)),
    });
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** What was made. */
export function made({ made: one }: Done): NonNullable<Done["made"]> {
  return one ?? assert.fail("nothing was made");
}
