import assert from "node:assert/strict";
import { test } from "node:test";
import { done } from "../../src/lib/outcome.ts";
import type { Circumstances } from "../../src/input/types.ts";
import { ALLOWED, CIRCUMSTANCES, decideWith, RUNNING, said } from "../support/world.ts";
import { stage } from "./stage.ts";

const CALL = { name: "kubectl", arguments: {}, answered: null };

const { caller } = CIRCUMSTANCES;
const { credential, principal } = caller;
const KEY = { ...credential, id: "k1" };
const OTHER = { ...credential, id: "k2" };
const ADA = { ...principal, kind: "user", id: "ada" } as const;
const BOB = { ...ADA, id: "bob" } as const;
const NOBODY = { ...principal, kind: "anonymous" } as const;

/** A request; no two have the same id. */
function request(
  transport: Circumstances["transport"],
  who: Circumstances["caller"]["principal"],
  by: Circumstances["caller"]["credential"],
): Pick<Circumstances, "transport" | "caller"> {
  return { transport, caller: { ...caller, principal: who, credential: by } };
}

/** Two requests, and whether what they run knows them for one caller's. */
for (const [what, first, second, same] of [
  ["one key", request("http", ADA, KEY), request("http", ADA, KEY), true],
  ["two keys of one name", request("http", ADA, KEY), request("http", ADA, OTHER), false],
  ["two names", request("http", ADA, KEY), request("http", BOB, KEY), false],
  ["the client on stdio", request("stdio", NOBODY, KEY), request("stdio", NOBODY, KEY), true],
  ["strangers over HTTP", request("http", NOBODY, KEY), request("http", NOBODY, KEY), false],
] as const) {
  test(`what runs for ${what} is ${same ? "one caller's" : "of two callers"}, and does not say whose`, async () => {
    const callers: string[] = [];
    for (const [at, one] of [first, second].entries()) {
      const { enforcement, arrived } = stage(decideWith(ALLOWED), {
        run: async (_permit, running) => {
          callers.push(running.caller);
          return done(said("pods"));
        },
      });
      const circumstances = { ...arrived.circumstances, ...one, requestId: `request-${at}` };
      const permitted = await enforcement.call({ ...arrived, circumstances }, CALL, RUNNING.signal);
      assert.ok(permitted.ok && (await permitted.value.run(RUNNING)).ok);
    }
    assert.equal(callers[0] === callers[1], same);
    assert.doesNotMatch(callers.join(), /ada|bob|k1|k2/);
  });
}
