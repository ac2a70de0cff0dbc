// The protocol's own conformance suite against the program: its real policies, keys, trail and HTTP front.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { folderFor, kubiya, recordsIn } from "../support/server.ts";
import { proxy, serve } from "./server.ts";
import { type Check, required, runSuite } from "./suite.ts";

/** What each revision requires, and how many checks that makes in all. */
const REVISIONS = [
  { revision: "2025-11-25", scenarios: 30, checks: { SUCCESS: 70 } },
  // One check says that a stream need not be used.
  { revision: "2026-07-28", scenarios: 37, checks: { SUCCESS: 120, INFO: 1 } },
] as const;

test("every scenario that a revision requires passes, and each is decided and recorded", async (context) => {
  const folder = await folderFor(context);
  const url = await serve(context, folder);
  const config = join(folder, "config.json");
  const made = await kubiya(["auth", "key", "create", "--name", "suite", "--config", config]);
  assert.match(made.stdout, /^kbk_/);
  const front = await proxy(context, url, made.stdout.trim());

  for (const { revision, scenarios, checks } of REVISIONS) {
    const names = await required(revision);
    assert.equal(names.length, scenarios);
    const { code, found } = await runSuite(`${front}/mcp`, revision, folder);
    const all = names.flatMap((name) => found.get(name) ?? []);
    for (const name of names) assert.ok(found.get(name)?.some(passed), `${revision} ${name}`);
    assert.deepEqual(
      all.filter((check) => !passed(check) && check.status !== "INFO"),
      [],
    );
    const total = Object.fromEntries(
      Object.entries(Object.groupBy(all, ({ status }) => status)).map(([status, checks = []]) => [
        status,
        checks.length,
      ]),
    );
    assert.deepEqual(total, checks, revision);
    assert.equal(code, 0);
  }

  assertRecorded(await recordsIn(join(folder, "state")));
});

function passed({ status }: Check): boolean {
  return status === "SUCCESS";
}

/** Nothing that ran or was read lacks its intent, its outcome, or its decision. */
function assertRecorded(records: readonly Readonly<Record<string, unknown>>[]): void {
  const ran = (action: string): readonly Readonly<Record<string, unknown>>[] =>
    records.filter(({ phase, action: one }) => phase === "intent" && one === action);
  const ended = new Set(records.flatMap(({ phase, id }) => (phase === "outcome" ? [id] : [])));
  for (const [action, atLeast] of [
    ["execute_tool", 40],
    ["resources/read", 6],
    ["resources/subscribe", 2],
    ["resources/unsubscribe", 1],
    ["prompts/get", 9],
    ["completion/complete", 2],
  ] as const) {
    const intents = ran(action);
    assert.ok(intents.length >= atLeast, `${action}: ${intents.length}`);
    for (const { id, user_id: user, decision } of intents) {
      assert.ok(ended.has(id), action);
      assert.equal(user, "suite");
      assert.equal(Object(decision).allow, true);
    }
  }
  const codes = new Set(records.map(({ error_code: code }) => code));
  for (const code of ["input_required", "invalid_state", "tool_error", "not_there"]) {
    assert.ok(codes.has(code), code);
  }
}
