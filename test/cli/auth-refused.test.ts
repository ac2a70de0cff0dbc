// What is told of an order that came to nothing, and with which exit code.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ManageRefusal } from "../../src/enforcement/types.ts";
import { failed } from "../../src/lib/outcome.ts";
import { deniedWith } from "../support/world.ts";
import { run } from "./host.ts";

const REFUSALS: readonly (readonly [ManageRefusal, number, string])[] = [
  [
    { reason: "denied", decision: deniedWith("keys.exceeds_creator", "organisation.a\u001B[2J") },
    1,
    "keys.exceeds_creator: No: keys.exceeds_creator.\norganisation.a\\u001b[2J: No: organisation.a\\u001b[2J.\n",
  ],
  [{ reason: "audit_unavailable", detail: "the disk is full" }, 4, "the disk is full\n"],
  [
    {
      reason: "not_managed",
      failure: { reason: "store_unavailable", detail: "the store is away" },
    },
    4,
    "the store is away\n",
  ],
  [
    { reason: "not_managed", failure: { reason: "pepper_unusable", detail: "no pepper" } },
    4,
    "no pepper\n",
  ],
  [
    { reason: "not_managed", failure: { reason: "conflict" } },
    4,
    "somebody else changes the same credential; try again\n",
  ],
  [
    {
      reason: "not_managed",
      failure: { reason: "already_rotated", id: "k1", replaced_by: "k2" },
    },
    1,
    "k1 was rotated before: k2 took its place; rotate that one, or revoke this one to end its grace\n",
  ],
  [
    { reason: "not_managed", failure: { reason: "changed_outside", id: "a\u202Eb" } },
    4,
    "somebody else changed a\\u202eb in the store, and nobody can use it: end it (kubiya auth key revoke ID), make another, and find out who can write the store\n",
  ],
  [
    { reason: "not_managed", failure: { reason: "unknown_id", id: "a\u202Eb" } },
    1,
    "there is none with the id a\\u202eb; see kubiya auth key list, kubiya auth token list, kubiya auth session list\n",
  ],
];

for (const [refusal, code, says] of REFUSALS) {
  const what = refusal.reason === "not_managed" ? refusal.failure.reason : refusal.reason;
  test(`an order that is refused (${what}) says why beside stdout, and closes what it opened`, async () => {
    for (const line of ["auth key create --name ci", "auth key list", "auth session end x"]) {
      const ran = await run(line.split(" "), { manage: async () => failed(refusal) });
      assert.deepEqual([ran.code, ran.stdout, ran.stderr, ran.closed], [code, "", says, true]);
    }
  });
}
