import assert from "node:assert/strict";
import { test } from "node:test";
import { faults, homeFor, loaded } from "./world.ts";

const BWRAP = { sandbox: "bubblewrap" };
const VOLUME = { with_volumes: [{ source: "/srv", path: "/srv" }] };

/** What nothing would carry out, and the field that is told. */
const REFUSED: readonly (readonly [object, string])[] = [
  [{ network: false }, "network"],
  [{ network: false, sandbox: "none" }, "network"],
  [{ cpus: 1 }, "cpus"],
  [{ pids: 1 }, "pids"],
  [{ cpus: 1, ...BWRAP }, "cpus"],
  [{ pids: 1, ...BWRAP }, "pids"],
  [{ image: "busybox", ...BWRAP }, "sandbox"],
  [VOLUME, "with_volumes"],
  [{ ...VOLUME, sandbox: "none" }, "with_volumes"],
];

for (const [fields, field] of REFUSED) {
  test(`a tool with ${JSON.stringify(fields)} is refused for its ${field}, with a mend`, async (context) => {
    const whitelisted_tools = ["u", { name: "t", ...fields }];
    const found = await faults(await homeFor(context), { file: { whitelisted_tools } });
    assert.deepEqual(
      found.map((fault) => fault.field),
      [`whitelisted_tools[1].${field}`],
    );
    assert.notEqual(found[0]?.mend, "");
  });
}

test("what holds is taken: for a container, a sandbox, a process", async (context) => {
  const home = await homeFor(context);
  const tools = [
    { name: "a", image: "busybox", network: false, memory: "64m", cpus: 0.5, pids: 8, ...VOLUME },
    { name: "b", network: true, sandbox: "none", memory: "64m" },
    { name: "c", network: false, memory: "64m", ...BWRAP, ...VOLUME },
    { name: "d", image: "busybox", sandbox: "none" },
    { name: "e", image: `busybox@sha256:${"0".repeat(64)}`, pull: "never" },
  ];
  const { warnings } = await loaded(home, { file: { whitelisted_tools: tools } });
  assert.deepEqual(warnings, []);
});
