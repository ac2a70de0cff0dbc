import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { PoliciesSetting } from "../../src/config/types.ts";
import { buildRego, inFolder, must } from "./rego.ts";
import {
  codes,
  decideCall,
  denying,
  type Files,
  filesIn,
  type Running,
  save,
  shippedBundle,
  start,
  writeOrganisation,
} from "./server.ts";

/** Runs a test on a running server, and closes it. */
function serving(
  use: (running: Running, files: Files) => Promise<void>,
  prepare: (files: Files) => Promise<PoliciesSetting> = async () => ({ enabled: false }),
): () => Promise<void> {
  return () =>
    inFolder({}, async (dir) => {
      const files = await filesIn(dir);
      const running = must(await start(files, await prepare(files)));
      try {
        await use(running, files);
      } finally {
        await running.policies.close();
      }
    });
}

/** An organisation's directory that denies with `night`. */
async function directory({ organisation }: Files): Promise<PoliciesSetting> {
  await writeOrganisation(organisation, "night");
  return { enabled: true, path: organisation, named: true };
}

/** An organisation's bundle that denies with `night`. */
async function bundle(files: Files): Promise<PoliciesSetting> {
  const path = `${files.organisation}.tar.gz`;
  await writeFile(path, await buildRego(denying("night"), "custom/decision"));
  return { enabled: true, path, named: true };
}

test(
  "a configuration that is saved changes the facts, and the next call is decided by them",
  serving(async ({ policies, reloads, reloaded }, files) => {
    const before = policies.current();
    assert.deepEqual(await codes(before), []);
    await save(files.config, '{"whitelist": ["git"]}');
    await reloaded(1);
    assert.deepEqual(await codes(policies.current()), ["whitelist.not_listed"]);
    const { revision, world } = policies.current();
    assert.deepEqual(reloads, [
      { what: "config_reload", revision, facts: world.digest, faults: [] },
    ]);
    assert.notEqual(world.digest, before.world.digest);
    // A request in flight goes on with what it began with.
    assert.deepEqual(await codes(before), []);
    assert.equal((await decideCall(before)).facts, before.world.digest);
  }),
);

test(
  "what a source outside the configuration presents anew is decided by, and the configuration is not read",
  serving(async ({ policies, holdTool, reloads, reloaded }, files) => {
    const before = policies.current();
    await rm(files.config);
    await reloaded(1);
    holdTool();
    await reloaded(2);
    const { revision, world } = policies.current();
    assert.equal(world.facts.tools["kubectl"]?.approved, false);
    assert.deepEqual(reloads[1], {
      ...{ what: "tools_reload", revision, facts: world.digest, faults: [] },
    });
    assert.equal(before.world.facts.tools["kubectl"]?.approved, true);
  }),
);

test(
  "a configuration that cannot be used changes nothing and says why",
  serving(async ({ policies, reloads, reloaded }, files) => {
    const before = policies.current();
    await save(files.config, "not JSON");
    await reloaded(1);
    assert.equal(policies.current(), before);
    assert.deepEqual(
      reloads[0]?.faults.map(({ message }) => message),
      ["no JSON"],
    );
    assert.equal(reloads[0]?.revision, before.revision);
    await save(files.config, '{"whitelist": []}');
    await reloaded(2);
    assert.deepEqual(await codes(policies.current()), ["whitelist.not_listed"]);
  }),
);

test(
  "a policy that is saved decides the next call; one that does not compile leaves the last good",
  serving(async ({ policies, reloads, reloaded }, files) => {
    assert.deepEqual(await codes(policies.current()), ["organisation.night"]);
    await writeOrganisation(files.organisation, null);
    await reloaded(1);
    const good = policies.current();
    assert.deepEqual(await codes(good), []);

    await save(join(files.organisation, "custom.rego"), "package custom\n\ndecision := {\n");
    await reloaded(2);
    assert.equal(policies.current(), good);
    assert.match(reloads[1]?.faults[0]?.path ?? "", /custom\.rego:\d+$/);
    assert.deepEqual(await codes(policies.current()), []);

    await writeOrganisation(files.organisation, "again");
    await reloaded(3);
    assert.deepEqual(await codes(policies.current()), ["organisation.again"]);
    // The organisation that was retired still answers those who hold it.
    assert.deepEqual(await codes(good), []);
    assert.deepEqual(
      reloads.map(({ what, faults }) => [what, faults.length > 0]),
      [
        ["policy_reload", false],
        ["policy_reload", true],
        ["policy_reload", false],
      ],
    );
  }, directory),
);

test(
  "policies whose files go do not go off",
  serving(
    async ({ policies, reloads, reloaded }, files) => {
      await rm(files.organisation, { recursive: true });
      await reloaded(1);
      assert.deepEqual(await codes(policies.current()), ["organisation.night"]);
      assert.ok((reloads[0]?.faults.length ?? 0) > 0);
    },
    async (files) => ({ ...(await directory(files)), named: false }) as const,
  ),
);

test(
  "policies that a configuration turns off are off",
  serving(async ({ policies, reloaded }, files) => {
    await save(files.config, '{"policies": "off"}');
    await reloaded(1);
    assert.deepEqual(await codes(policies.current()), []);
    await save(files.config, "{}");
    await reloaded(2);
    assert.deepEqual(await codes(policies.current()), ["organisation.night"]);
    await writeOrganisation(files.organisation, "later");
    await reloaded(3);
    assert.deepEqual(await codes(policies.current()), ["organisation.later"]);
  }, directory),
);

test(
  "a bundle is replaced by the next one, and a half one is not taken",
  serving(async ({ policies, reloads, reloaded }, files) => {
    const path = `${files.organisation}.tar.gz`;
    const next = await buildRego(denying("next"), "custom/decision");
    const before = policies.current();
    await save(path, next.subarray(0, next.length / 2));
    await reloaded(1);
    assert.equal(policies.current(), before);
    assert.equal(reloads[0]?.faults.length, 1);
    await save(path, next);
    await reloaded(2);
    assert.deepEqual(await codes(policies.current()), ["organisation.next"]);
    assert.notEqual(policies.current().revision, before.revision);
  }, bundle),
);

test(
  "built-in policies that allow what must be denied are not taken",
  serving(async ({ policies, reloads, reloaded }, files) => {
    const before = policies.current();
    const names = ["admit", "alerts", "call", "list", "manage", "mask", "read"];
    const open = names.map((name) => `${name}/decision`);
    const rego = `package kubiya
admit.decision := allow
call.decision := allow
manage.decision := allow
list.decision := object.union(allow, {"visible": {}})
mask.decision := {"paths": []}
alerts.decision := {"alerts": []}
read.decision := allow
allow := {"allow": true, "reasons": [], "obligations": []}`;
    const entrypoints = open.map((name) => `kubiya/${name}`);
    await save(files.builtin, await buildRego(rego, ...entrypoints));
    await reloaded(1);
    assert.equal(policies.current(), before);
    assert.match(reloads[0]?.faults[0]?.message ?? "", /decides without looking at the facts/);
    await save(files.builtin, await shippedBundle());
    await reloaded(2);
    assert.deepEqual(reloads[1]?.faults, []);
  }),
);

test(
  "what an editor leaves beside the policies, and their tests, are no reason to reload",
  serving(async ({ policies, reloads, reloaded }, files) => {
    await writeFile(join(files.organisation, "custom.rego~"), "old");
    await writeFile(join(files.organisation, "notes.txt"), "x");
    await writeFile(join(files.organisation, "custom_test.rego"), "package custom_test");
    await mkdir(join(files.organisation, "more"));
    await save(join(files.organisation, "more", "deep.rego"), "package teams\n\nsize := 1\n");
    await reloaded(1);
    await writeOrganisation(files.organisation, "last");
    await reloaded(2);
    assert.deepEqual(await codes(policies.current()), ["organisation.last"]);
    assert.equal(reloads.length, 2);
  }, directory),
);

test(
  "two changes at once both take effect, and a broken one does not hold up the other",
  serving(async ({ policies, reloads, reloaded }, files) => {
    await save(files.config, "broken");
    await writeOrganisation(files.organisation, "both");
    await reloaded(2);
    assert.deepEqual(await codes(policies.current()), ["organisation.both"]);
    assert.deepEqual(
      reloads
        .map(({ what, faults }) => `${what} ${faults.length}`)
        .toSorted((a, b) => (a < b ? -1 : 1)),
      ["config_reload 1", "policy_reload 0"],
    );
  }, directory),
);

test(
  "every decision of a storm of calls and reloads is that of the revision it names",
  serving(async ({ policies, reloaded, reloads }, files) => {
    const path = `${files.organisation}.tar.gz`;
    const bundles = await Promise.all(
      ["night", "day"].map((code) => buildRego(denying(code), "custom/decision")),
    );
    const said = new Map<string, string>();
    let calls = 0;
    let storming = true;
    const storm = async (): Promise<void> => {
      while (storming) {
        const snapshot = policies.current();
        const { revision, reasons } = await decideCall(snapshot);
        assert.equal(revision, snapshot.revision);
        const code = reasons.map((reason) => reason.code).join();
        assert.equal(said.get(revision) ?? code, code);
        said.set(revision, code);
        calls += 1;
      }
    };
    const storms = [storm(), storm(), storm()];
    for (let round = 1; round <= 6; round += 1) {
      await save(path, bundles[round % 2] ?? "");
      await reloaded(round);
    }
    storming = false;
    await Promise.all(storms);
    assert.ok(calls > 100);
    assert.deepEqual([...said.values()].toSorted(), ["organisation.day", "organisation.night"]);
    assert.ok(reloads.every(({ faults }) => faults.length === 0));
  }, bundle),
);

/** What a start is refused for. */
const REFUSED: readonly (readonly [
  what: string,
  prepare: (files: Files) => Promise<PoliciesSetting>,
  message: RegExp,
])[] = [
  [
    "a named directory that is not there",
    async ({ organisation: path }) => ({ enabled: true, path, named: true }),
    /nothing at this path/,
  ],
  [
    "an organisation's policy with a syntax error",
    async (files) => {
      const setting = await directory(files);
      await save(join(files.organisation, "custom.rego"), "package custom\ndecision :=");
      return setting;
    },
    /unexpected/,
  ],
  [
    "an organisation's bundle without its entrypoint",
    async (files) => {
      const path = `${files.organisation}.tar.gz`;
      await writeFile(path, await buildRego("package custom\nlist := {}", "custom/list"));
      return { enabled: true, path, named: true };
    },
    /no entrypoint custom\/decision/,
  ],
  [
    "an organisation's bundle with a foreign entrypoint",
    async (files) => {
      const path = `${files.organisation}.tar.gz`;
      const rego = "package custom\ndecision := {}\nother := 1";
      await writeFile(path, await buildRego(rego, "custom/decision", "custom/other"));
      return { enabled: true, path, named: true };
    },
    /entrypoints that nobody asks: custom\/other/,
  ],
  [
    "an organisation's facts in the server's place",
    async (files) => {
      const setting = await directory(files);
      await writeFile(join(files.organisation, "data.json"), '{"facts": {"roles": {}}}');
      return setting;
    },
    /facts, which is the server's own/,
  ],
  [
    "an organisation's bundle that needs what WebAssembly lacks",
    async (files) => {
      const path = `${files.organisation}.tar.gz`;
      const rego = 'package custom\ndecision := {"deny": [{"code": sprintf("%v", [input.x])}]}';
      await writeFile(path, await buildRego(rego, "custom/decision"));
      return { enabled: true, path, named: true };
    },
    /it uses sprintf, which WebAssembly does not have/,
  ],
  [
    "an organisation's policy that does not end",
    async (files) => {
      const path = `${files.organisation}.tar.gz`;
      const rego = `package custom
text := concat("", ["aaaaaaaaaaaaaaab" | some _ in numbers.range(1, 5000)])
decision := {"deny": [1 | some _ in numbers.range(1, 100000); contains(text, "aaaaaaaaaaaaaaac")]}`;
      await writeFile(path, await buildRego(rego, "custom/decision"));
      return { enabled: true, path, named: true };
    },
    /custom\/decision did not answer within 2000 ms on the largest input/,
  ],
  [
    "a built-in bundle that is cut in half",
    async ({ builtin }) => {
      const whole = await shippedBundle();
      await writeFile(builtin, whole.subarray(0, whole.length / 2));
      return { enabled: false };
    },
    /./,
  ],
  [
    "no built-in bundle",
    async ({ builtin }) => {
      await rm(builtin);
      return { enabled: false };
    },
    /cannot be read/,
  ],
];

for (const [what, prepare, message] of REFUSED) {
  test(`a start with ${what} is refused, with a file and what to do`, () =>
    inFolder({}, async (dir) => {
      const files = await filesIn(dir);
      const started = await start(files, await prepare(files));
      const faults = started.ok ? [] : started.failure;
      if (started.ok) await started.value.policies.close();
      assert.match(faults[0]?.message ?? "started", message);
      assert.ok(faults[0]?.path.startsWith(dir));
      assert.notEqual(faults[0]?.mend, "");
    }));
}

test("policies that nobody named and that are not there leave the built-in ones", () =>
  inFolder({}, async (dir) => {
    const files = await filesIn(dir);
    const setting = { enabled: true, path: files.organisation, named: false } as const;
    const { policies, lines } = must(await start(files, setting));
    assert.deepEqual(await codes(policies.current()), []);
    const warned = `${setting.path}: there are no policies; only the built-in ones decide {}`;
    assert.deepEqual(lines, [warned]);
    await policies.close();
  }));

test("policies that nobody named and that are there are not called missing", () =>
  inFolder({}, async (dir) => {
    const files = await filesIn(dir);
    await directory(files);
    const setting = { enabled: true, path: files.organisation, named: false } as const;
    const { policies, lines } = must(await start(files, setting));
    assert.deepEqual(lines, []);
    await policies.close();
  }));
