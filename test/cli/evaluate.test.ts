import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "../../src/cli/evaluate.ts";
import type { Decide } from "../../src/decision/types.ts";
import { buildInput } from "../../src/input/build.ts";
import type { InputDocument } from "../../src/input/types.ts";
import { ALLOWED, CIRCUMSTANCES, decideWith } from "../support/world.ts";

/** An action of each kind; of those that manage, one of each noun. */
const QUESTIONS: readonly (readonly [InputDocument["action"], keyof Decide])[] = [
  ["server/discover", "admit"],
  ["prompts/list", "admit"],
  ["tools/list", "list"],
  ["tools/call", "call"],
  ["resources/read", "read"],
  ["completion/complete", "read"],
  ["keys/create", "manage"],
  ["tokens/revoke", "manage"],
  ["sessions/open", "manage"],
  ["access/freeze", "manage"],
  ["tools/approve", "manage"],
];

test("a recorded action is decided again by the question that a server asked of it", async () => {
  const base = decideWith(ALLOWED);
  const heard: string[] = [];
  const hearing = (question: keyof Decide) => ({
    [question]: (...given: never[]) => {
      heard.push(question);
      return Reflect.apply(base[question], base, given);
    },
  });
  const decide = decideWith(ALLOWED, {
    ...{ ...hearing("admit"), ...hearing("list"), ...hearing("call") },
    ...{ ...hearing("read"), ...hearing("manage") },
  });
  for (const [action] of QUESTIONS) {
    await ask(decide, { ...buildInput(CIRCUMSTANCES, { action: "server/discover" }), action });
  }
  assert.deepEqual(
    heard,
    QUESTIONS.map(([, question]) => question),
  );
});
