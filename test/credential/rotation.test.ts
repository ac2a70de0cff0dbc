import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlanDeed } from "../../src/credential/plan.ts";
import type { Store } from "../../src/store/types.ts";
import { KEY, made, must, withKeys } from "./keyring.ts";
import { NOON } from "./world.ts";

test("a key that is revoked while its rotation is worked out has no successor", () =>
  withKeys(async ({ carryOut, perform, peppers, store }) => {
    const { id } = made(await carryOut({ do: "create", wanted: KEY })).row;
    let first: ReturnType<Store["credential"]> | null = null;
    const raced: Pick<Store, "credential" | "credentials" | "sessions" | "definitions"> = {
      ...store,
      credential: async (wanted) => {
        if (first !== null) {
          await first;
          return store.credential(wanted);
        }
        first = store.credential(wanted).then(async (before) => {
          await carryOut({ do: "revoke", kind: "key", id });
          return before;
        });
        return first;
      },
    };
    const planDeed = createPlanDeed({ store: raced, peppers, newId: () => "s" });
    const deed = must(await planDeed({ do: "rotate", id, graceMs: 0 }, NOON));
    const performed = await perform(deed);
    assert.deepEqual(performed, { ok: false, failure: { reason: "conflict" } });
  }));

test("a key that was rotated gets no second successor in its grace, and the first is named", () =>
  withKeys(async ({ carryOut, fault, plan }) => {
    const { id } = made(await carryOut({ do: "create", wanted: KEY })).row;
    const next = made(await carryOut({ do: "rotate", id, graceMs: 60_000 })).row;
    const again = { do: "rotate", id, graceMs: 60_000 } as const;
    const failure = { reason: "already_rotated", id, replaced_by: next.id };
    assert.deepEqual(await fault(again, NOON + 59_999), failure);
    // What has ended is left to policy.
    assert.equal((await plan(again, NOON + 60_000)).subject?.expires_ms, NOON + 60_000);
  }));
