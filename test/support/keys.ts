// Credentials in the store of a server, beside it or before it runs.

import assert from "node:assert/strict";
import { openPeppers } from "../../src/credential/pepper.ts";
import { createPerform } from "../../src/credential/perform.ts";
import { createPlanDeed } from "../../src/credential/plan.ts";
import type { Done, Order, Wanted } from "../../src/credential/types.ts";
import type { Outcome } from "../../src/lib/outcome.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import type { Secret } from "../../src/lib/secret.ts";
import { openStore } from "../../src/store/open.ts";

const KEY: Wanted = {
  kind: "key",
  name: "test",
  user: "ada",
  roles: [],
  permissions: ["tools:list", "tools:execute"],
  allowed_ips: null,
  allow_stdio: false,
  lifetime_ms: 3_600_000,
  parent: null,
  idle_ms: null,
};

/** A keyring that asks nobody for leave. */
export interface Keyring {
  /** Makes a credential, a key unless something else is wanted, and gives its text. */
  readonly make: (wanted?: Partial<Wanted>) => Promise<string>;
  /** Makes the successor of a key, and gives its text; the old one goes on for an hour. */
  readonly rotate: (text: string) => Promise<string>;
  readonly revoke: (kind: "key" | "token", text: string) => Promise<void>;
  /** Ends a session that is a credential. */
  readonly end: (text: string) => Promise<void>;
}

/** The public part of a credential. */
export function idOf(text: string): string {
  return text.slice(4, 20);
}

/** Makes a key in the state folder, and gives its text. */
export async function keyIn(stateDir: string, wanted: Partial<Wanted> = {}): Promise<string> {
  let text = "";
  await withKeyring(stateDir, async ({ make }) => {
    text = await make(wanted);
  });
  return text;
}

/** Works with the credentials in the state folder, or of its pepper and a database. */
export async function withKeyring(
  stateDir: string,
  work: (keyring: Keyring) => Promise<void>,
  postgres: Secret | null = null,
): Promise<void> {
  const stopwatch = (): number => performance.now();
  const store = must(await openStore({ postgres, stateDir, stopwatch }));
  const peppers = must(await openPeppers(stateDir, store));
  const planDeed = createPlanDeed({ store, peppers, newId: () => "unused" });
  const perform = createPerform(store, peppers);
  const carryOut = async (order: Order): Promise<Done> => {
    const now = Date.now();
    return must(await perform(mintPermit("test", must(await planDeed(order, now))), now));
  };
  const make = async (order: Order): Promise<string> =>
    (await carryOut(order)).made?.secret.reveal() ?? assert.fail("nothing was made");
  try {
    await work({
      make: (wanted = {}) => make({ do: "create", wanted: { ...KEY, ...wanted } }),
      rotate: (text) => make({ do: "rotate", id: idOf(text), graceMs: 3_600_000 }),
      revoke: async (kind, text) => void (await carryOut({ do: "revoke", kind, id: idOf(text) })),
      end: async (text) => void (await carryOut({ do: "end_session", id: idOf(text) })),
    });
  } finally {
    await store.close();
  }
}

function must<T>(outcome: Outcome<T, unknown>): T {
  return outcome.ok ? outcome.value : assert.fail(JSON.stringify(outcome.failure));
}
