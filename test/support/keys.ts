// Credentials in the store of a server that does not run yet.

import assert from "node:assert/strict";
import { openPeppers } from "../../src/credential/pepper.ts";
import { createPerform } from "../../src/credential/perform.ts";
import { createPlanDeed } from "../../src/credential/plan.ts";
import type { Wanted } from "../../src/credential/types.ts";
import type { Outcome } from "../../src/lib/outcome.ts";
import { mintPermit } from "../../src/lib/permit.ts";
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

/** Makes a key in the state folder, and gives its text. */
export async function keyIn(stateDir: string, wanted: Partial<Wanted> = {}): Promise<string> {
  const stopwatch = (): number => performance.now();
  const store = must(await openStore({ postgres: null, stateDir, stopwatch }));
  const peppers = must(await openPeppers(stateDir));
  const planDeed = createPlanDeed({ store, peppers, newId: () => "unused" });
  const now = Date.now();
  const deed = must(await planDeed({ do: "create", wanted: { ...KEY, ...wanted } }, now));
  const { made } = must(await createPerform(store)(mintPermit("test", deed), now));
  await store.close();
  return made?.secret.reveal() ?? assert.fail("nothing was made");
}

function must<T>(outcome: Outcome<T, unknown>): T {
  return outcome.ok ? outcome.value : assert.fail(JSON.stringify(outcome.failure));
}
