import assert from "node:assert/strict";
import { test } from "node:test";
import { createReviewRights, type Reach } from "../../src/cli/review-rights.ts";
import type { Snapshot } from "../../src/decision/types.ts";
import { buildInput } from "../../src/input/build.ts";
import type { InputDocument } from "../../src/input/types.ts";
import { holder } from "../../src/principal/caller.ts";
import type { Holding } from "../../src/principal/types.ts";
import { ALLOWED, decideWith, deniedWith, NOON, snapshotOf, toolboxOf } from "../support/world.ts";

const ROW: Holding = {
  ...{ id: "k1", kind: "key", user: "ada", roles: ["developer"], permissions: null },
  ...{ allowed_ips: null, allow_stdio: true },
  ...{ created_ms: NOON - 1, expires_ms: NOON + 1, revoked_ms: null, replaced_by: null },
};

/** What was asked, and what a key of this row reaches. */
interface Stage {
  readonly asked: string[];
  readonly reach: (row?: Partial<Holding>) => Promise<readonly Reach[]>;
}

/** Policies that show `open` to all, and refuse a call with the code that the caller's user stands for. */
function stage({ enabled = false } = {}): Stage {
  const asked: string[] = [];
  const note = (input: InputDocument): void => {
    asked.push([input.action, input.principal.id, input.tool?.name].filter(Boolean).join(" "));
  };
  const decide = decideWith(ALLOWED, {
    list: async (input) => {
      note(input);
      return { ...ALLOWED, visible: { open: enabled ? "maybe" : "yes", shut: "no_permission" } };
    },
    call: async (input) => {
      note(input);
      const code = { hidden: "tools.hidden", shut: "permissions.missing" }[input.tool?.name ?? ""];
      if (code === undefined) return { allowed: false, decision: deniedWith("organisation.no") };
      return { allowed: false, decision: deniedWith("organisation.no", code) };
    },
  });
  const toolbox = toolboxOf(["shut", "open", "hidden", "unclear"], async () =>
    assert.fail("nothing may run"),
  );
  const known = snapshotOf(toolbox, decide);
  const policies = enabled ? ({ enabled, path: "/p", named: true } as const) : { enabled };
  const snapshot: Snapshot = {
    ...known,
    world: { ...known.world, config: { ...known.world.config, policies } },
  };
  const review = createReviewRights({ snapshot, buildInput, requestId: "r1", nowMs: NOON });
  return {
    asked,
    reach: (row = {}) =>
      review({
        caller: holder({ row: { ...ROW, ...row }, parent: null }, null),
        places: ["127.0.0.1"],
      }),
  };
}

const REACH = [
  { tool: "hidden", access: "no", code: "tools.hidden" },
  { tool: "open", access: "yes", code: null },
  { tool: "shut", access: "no", code: "permissions.missing" },
  { tool: "unclear", access: "maybe", code: null },
];

test("callers of the same rights cost one list, and a call for each tool that it does not offer", async () => {
  const { asked, reach } = stage();
  for (let at = 0; at < 100; at += 1) {
    assert.deepEqual(
      await reach({ id: `k${at}`, user: `user ${at}`, expires_ms: NOON + at + 1 }),
      REACH,
    );
  }
  assert.deepEqual(asked, [
    "tools/list user 0",
    ...["hidden", "shut", "unclear"].map((tool) => `tools/call user 0 ${tool}`),
  ]);
});

const OTHERS: readonly (readonly [string, Partial<Holding>])[] = [
  ["another role", { roles: ["viewer"] }],
  ["permissions of its own", { permissions: ["tools:list"] }],
  ["networks of its own", { allowed_ips: ["10.0.0.0/8"] }],
  ["an end that has come", { expires_ms: NOON }],
  ["a revocation", { revoked_ms: NOON }],
];

for (const [what, row] of OTHERS) {
  test(`a caller with ${what} is asked about by itself`, async () => {
    const { asked, reach } = stage();
    await reach();
    const before = asked.length;
    await reach(row);
    assert.equal(asked.length, 2 * before);
  });
}

test("where an organisation has a say each caller is asked about, and built-in codes alone are shared", async () => {
  const { asked, reach } = stage({ enabled: true });
  await reach();
  asked.length = 0;
  const bobs = await reach({ user: "bob" });
  assert.deepEqual(
    bobs.map(({ code }) => code),
    ["tools.hidden", null, "permissions.missing", null],
  );
  assert.deepEqual(asked, ["tools/list bob", "tools/call bob hidden", "tools/call bob unclear"]);
});
