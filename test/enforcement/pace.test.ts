// How fast one caller may ask: whatever is asked for counts, and what is too fast is recorded and runs nothing.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { done, failed } from "../../src/lib/outcome.ts";
import { ALLOWED, decideWith, RUNNING, said } from "../support/world.ts";
import { BROKEN, type Props, type Stage, stage } from "./stage.ts";

const CALL = { name: "kubectl", arguments: {}, answered: null };
const READING = {
  reading: { action: "prompts/get", name: "review", arguments: { name: "review" } },
  answered: null,
} as const;
const TOO_FAST = failed({ reason: "too_fast", waitSeconds: 2 });

/** Two at once, and one more each second. */
const RATE = { per_second: 1, burst: 2 };

function paced(context: TestContext, props: Props = {}): Stage {
  context.mock.timers.enable({ apis: ["Date", "setTimeout"] });
  const on = stage(decideWith(ALLOWED), props);
  const { snapshot } = on.arrived;
  const { config } = snapshot.world;
  const limits = { ...config.limits, rate: RATE };
  const world = { ...snapshot.world, config: { ...config, limits } };
  return { ...on, arrived: { ...on.arrived, snapshot: { ...snapshot, world } } };
}

/** Somebody else, who has a name. */
function named({ arrived }: Stage, id: string): Stage["arrived"] {
  const { caller } = arrived.circumstances;
  const principal = { ...caller.principal, kind: "user", id } as const;
  return {
    ...arrived,
    circumstances: { ...arrived.circumstances, caller: { ...caller, principal } },
  };
}

/** Everything that can be asked for. */
const WAYS: Readonly<Record<string, (on: Stage, arrived: Stage["arrived"]) => Promise<unknown>>> = {
  "a call": ({ enforcement }, arrived) => enforcement.call(arrived, CALL, RUNNING.signal),
  "a list": ({ enforcement }, arrived) => enforcement.list(arrived),
  "a reading": ({ enforcement }, arrived) => enforcement.read(arrived, READING),
  "a list of prompts": ({ enforcement }, arrived) => enforcement.show(arrived, "prompts/list"),
  "another method": ({ enforcement }, arrived) => enforcement.admit(arrived, "logging/setLevel"),
};

for (const [what, ask] of Object.entries(WAYS)) {
  test(`${what} that comes too fast is recorded, decides nothing and runs nothing`, async (context) => {
    const on = paced(context);
    await on.enforcement.list(on.arrived);
    await on.enforcement.list(on.arrived);
    const before = on.story.length;
    assert.deepEqual(await ask(on, on.arrived), TOO_FAST);
    assert.deepEqual(on.story.slice(before), ["note"]);
    assert.deepEqual(on.actions.at(-1)?.decision, null);
    const { result, errorCode } = on.ends.at(-1) ?? {};
    assert.deepEqual([result, errorCode], ["denied", "throttle.rate"]);
  });
}

test("whoever waited may ask again, and somebody else need not wait", async (context) => {
  const on = paced(context);
  const list = async (arrived: Stage["arrived"]): Promise<boolean> =>
    (await on.enforcement.list(arrived)).ok;
  const ada = named(on, "ada");
  const grace = named(on, "grace");
  assert.deepEqual([await list(ada), await list(ada), await list(ada)], [true, true, false]);
  assert.deepEqual([await list(grace), await list(on.arrived)], [true, true]);
  context.mock.timers.tick(2000);
  assert.equal(await list(ada), true);
});

test("who has a key of somebody slows nobody down at another address", async (context) => {
  const on = paced(context);
  const ada = named(on, "ada");
  const at = (ip: string): Stage["arrived"] => ({
    ...ada,
    circumstances: { ...ada.circumstances, client: { ...ada.circumstances.client, ip } },
  });
  const list = async (ip: string): Promise<boolean> => (await on.enforcement.list(at(ip))).ok;
  const elsewhere = [await list("10.6.6.6"), await list("10.6.6.6"), await list("10.6.6.6")];
  assert.deepEqual([...elsewhere, await list("10.0.0.1")], [true, true, false, true]);
});

test("a handshake does not count, and is never too fast", async (context) => {
  const on = paced(context);
  for (let times = 0; times < 5; times += 1) {
    assert.deepEqual(await on.enforcement.admit(on.arrived, "ping"), done(undefined));
  }
  assert.equal((await on.enforcement.list(on.arrived)).ok, true);
});

test("what is too fast and cannot be recorded is refused for that", async (context) => {
  const on = paced(context, { broken: ["note"] });
  await on.enforcement.call(on.arrived, CALL, RUNNING.signal);
  await on.enforcement.call(on.arrived, CALL, RUNNING.signal);
  assert.deepEqual(await on.enforcement.call(on.arrived, CALL, RUNNING.signal), BROKEN);
});

test("without a limit nobody waits", async () => {
  const on = stage(decideWith(ALLOWED), { run: async () => done(said("pods")) });
  const asked = Array.from({ length: 100 }, () =>
    on.enforcement.call(on.arrived, CALL, RUNNING.signal),
  );
  assert.ok((await Promise.all(asked)).every(({ ok }) => ok));
});
