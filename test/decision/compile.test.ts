import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { readBundle } from "../../src/decision/bundle.ts";
import { createPolicyCompiler } from "../../src/decision/compile.ts";
import { openEngine } from "../../src/decision/engine.ts";
import { createOpa } from "../../src/decision/opa.ts";
import type { CompilerFailure, PolicyFaults } from "../../src/decision/types.ts";
import type { Outcome } from "../../src/lib/outcome.ts";
import { createRunProgram } from "../../src/subprocess/run.ts";
import { compiler, inFolder, loaded, must } from "./rego.ts";

const NIGHT = `package custom

import data.teams

decision := {"deny": deny}

deny contains {"code": "night", "message": "Not at night."} if input.now.hour >= 22

deny contains {"code": "team"} if not input.principal.id in teams.ops
`;
const NIGHT_TEST = `package custom_test

import data.custom

test_day if count(custom.deny) == 0 with input as {"now": {"hour": 12}, "principal": {"id": "ada"}}

test_hours[name] if {
	some name, hour in {"evening": 21, "night": 22}
	denied := {d.code | some d in custom.deny} with input as {"now": {"hour": hour}, "principal": {"id": "ada"}}
	denied == {c | c := "night"; hour == 22}
}
`;
const FILES = {
  "custom.rego": NIGHT,
  "deep/down/more.rego": "package teams.more\n\nsize := 1\n",
  "custom_test.rego": NIGHT_TEST,
  "data.json": '{"teams": {"ops": ["ada"]}}',
};

/** The failure of an outcome that must be one. */
function failure(outcome: Outcome<unknown, CompilerFailure>): CompilerFailure {
  return outcome.ok ? assert.fail("it did not fail") : outcome.failure;
}

function faults(outcome: Outcome<unknown, CompilerFailure>): PolicyFaults {
  return failure(outcome).faults;
}

test("a directory is built with its facts, without its tests, and decides", async () => {
  const packed = await inFolder(FILES, async (dir) => must(await compiler().build(dir)));
  const { bundle, module } = await loaded(packed);
  assert.deepEqual(bundle.entrypoints, ["custom/decision"]);
  assert.deepEqual(bundle.data, { teams: { ops: ["ada"] } });
  assert.equal(Buffer.from(packed).includes("custom_test"), false);
  const source = { module, data: bundle.data, entrypoints: bundle.entrypoints };
  const engine = must(await openEngine(source, () => {}));
  const night = { now: { hour: 23 }, principal: { id: "ada" } };
  assert.deepEqual(must(await engine.ask("custom/decision", night)), {
    deny: [{ code: "night", message: "Not at night." }],
  });
});

test("the same directory is built to the same bundle, wherever it stands", async () => {
  const build = () => inFolder(FILES, async (dir) => must(await compiler().build(dir)));
  assert.deepEqual(await build(), await build());
});

test("a rule that hides tools is asked however its line begins", async () => {
  const rego = `package custom

decision := {}

  list := {"hide": ["rm"]}

default
mask := {"paths": []}
`;
  const packed = await inFolder({ "a.rego": rego }, async (dir) =>
    must(await compiler().build(dir)),
  );
  const { bundle } = await loaded(packed);
  assert.deepEqual(bundle.entrypoints.toSorted(), [
    "custom/decision",
    "custom/list",
    "custom/mask",
  ]);
});

test("list and mask are entrypoints where they are defined, in any file", async () => {
  const entrypoints = async (files: Readonly<Record<string, string>>) => {
    const packed = await inFolder({ ...FILES, ...files }, async (dir) =>
      must(await compiler().build(dir)),
    );
    return must(await readBundle(packed)).entrypoints.toSorted();
  };
  const list = { "l.rego": 'package custom\n\nlist := {"hide": []}\n' };
  const mask = { "m.rego": 'package custom\n\ndefault mask := {"paths": []}\n' };
  assert.deepEqual(await entrypoints(list), ["custom/decision", "custom/list"]);
  assert.deepEqual(await entrypoints({ ...list, ...mask }), [
    "custom/decision",
    "custom/list",
    "custom/mask",
  ]);
  // A rule of that name elsewhere is none of ours.
  const other = { "o.rego": "package teams.other\n\nlist := [1]\n" };
  assert.deepEqual(await entrypoints(other), ["custom/decision"]);
});

/** What is wrong, and where the fault says it is: relative to the directory. */
const WRONG: readonly (readonly [
  what: string,
  files: Readonly<Record<string, string>>,
  path: string,
  message: RegExp,
  mend: RegExp,
])[] = [
  [
    "a syntax error",
    { "a.rego": "package custom\n\ndecision := {\n" },
    "/a.rego:",
    /rego_parse_error|unexpected/,
    /correct/,
  ],
  [
    "a built-in that WebAssembly lacks",
    { "a.rego": 'package custom\n\ndecision := {"deny": [{"code": time.now_ns()}]}\n' },
    "/a.rego:3",
    /undefined function time\.now_ns/,
    /WebAssembly/,
  ],
  [
    "an unsafe variable",
    { "b/a.rego": 'package custom\n\ndecision := {"deny": [x]}\n' },
    "/b/a.rego:3",
    /x is unsafe/,
    /correct/,
  ],
  ["no decision", { "a.rego": "package custom\n\nlist := 1\n" }, "", /custom\/decision/, /define/],
  [
    "a package of the server",
    { "a.rego": NIGHT, "b.rego": "# ours\n\npackage kubiya.call\n\ndecision := 1\n" },
    "/b.rego:3",
    /the package kubiya is the server's own/,
    /package custom/,
  ],
  ["facts as a package", { "a.rego": "package facts\n" }, "/a.rego:1", /facts/, /package custom/],
  ["no policies", { "data.json": "{}" }, "", /no \.rego file/, /policy init/],
  ["broken facts", { "a.rego": NIGHT, "data.json": "{" }, "", /data\.json/, /correct/],
];

for (const [what, files, path, message, mend] of WRONG) {
  test(`a directory with ${what} is neither built nor passes its check, and the fault says where and what to do`, async () => {
    await inFolder(files, async (dir) => {
      for (const outcome of [await compiler().build(dir), await compiler().check(dir)]) {
        const {
          reason,
          faults: [fault],
        } = failure(outcome);
        assert.equal(reason, "faulty");
        assert.ok(fault?.path.startsWith(dir + path), `${fault?.path} is not ${path}`);
        assert.match(fault?.message ?? "", message);
        assert.match(fault?.mend ?? "", mend);
      }
    });
  });
}

test("a directory that is not there is told as such, and opa is not blamed for it", async () => {
  const { check, build, test: run } = compiler();
  for (const attempt of [check, build, run]) {
    const { reason, faults: found } = failure(await attempt("/nowhere/at/all"));
    assert.deepEqual(
      [reason, found.map(({ message }) => message)],
      ["untried", ["the directory cannot be read"]],
    );
  }
});

test("a directory in place of a file is a fault", async () => {
  await inFolder(FILES, async (dir) => {
    await mkdir(join(dir, "folder.rego"));
    const [fault] = faults(await compiler().build(dir));
    assert.deepEqual(
      [fault?.path, fault?.message],
      [join(dir, "folder.rego"), "it cannot be read"],
    );
  });
});

test("a check is strict where a build is not", async () => {
  const files = { "a.rego": 'package custom\n\nimport data.unused\n\ndecision := {"deny": []}\n' };
  await inFolder(files, async (dir) => {
    assert.equal((await compiler().build(dir)).ok, true);
    const [fault] = faults(await compiler().check(dir));
    assert.equal(fault?.path, `${dir}/a.rego:3`);
  });
});

/** A compiler that finds its `opa` in this folder only. */
function compilerOn(path: string): ReturnType<typeof createPolicyCompiler> {
  const opa = createOpa({ run: createRunProgram({ graceMs: 100 }), path });
  return createPolicyCompiler({
    opa,
    capabilities: resolve("policies/capabilities.organisation.json"),
  });
}

test("without opa nothing is tried, and the fault names the three ways out", async () => {
  await inFolder(FILES, async (dir) => {
    const { check, build, test: run } = compilerOn(join(dir, "nowhere"));
    for (const outcome of [await check(dir), await run(dir)]) {
      assert.equal(failure(outcome).reason, "untried");
    }
    const [fault] = faults(await build(dir));
    assert.match(fault?.message ?? "", /not on the PATH/);
    assert.match(fault?.mend ?? "", /PATH, .*make setup.*kubiya policy build/);
  });
});

test("an opa that is too old, or none at all, is not used", async () => {
  for (const [version, usable] of [
    ["Version: 0.70.0", false],
    ["Version: 1.8.0", false],
    ["hello", false],
    ["Version: 1.9.0", true],
    ["Version: 2.0.1", true],
  ] as const) {
    await inFolder(FILES, async (dir) => {
      const fake = join(dir, "bin", "opa");
      await mkdir(join(dir, "bin"));
      // Whatever else it is asked for, it fails with words of its own.
      await writeFile(
        fake,
        `#!/bin/sh\n[ "$1" = version ] && echo '${version}' && exit 0\necho mine >&2; exit 1\n`,
      );
      await chmod(fake, 0o755);
      const [fault] = faults(await compilerOn(join(dir, "bin")).build(dir));
      assert.match(fault?.message ?? "", usable ? /mine/ : /too old, or says no version/);
      if (!usable) assert.match(fault?.mend ?? "", /make setup/);
    });
  }
});

test("tests run on opa and again on the compiled module, with what they reach", async () => {
  const report = await inFolder(FILES, async (dir) => must(await compiler().test(dir)));
  assert.deepEqual(report.tests, [
    { name: "custom_test/test_day", opa: true, wasm: true },
    { name: "custom_test/test_hours", opa: true, wasm: true },
  ]);
  assert.equal(report.coverage, 25);
  assert.deepEqual(report.uncovered, { "custom.rego": [5, 9], "deep/down/more.rego": [3] });
});

test("a test that fails is told, on both", async () => {
  const wrong = NIGHT_TEST.replace('"hour": 12', '"hour": 23');
  const files = { ...FILES, "custom_test.rego": wrong };
  const report = await inFolder(files, async (dir) => must(await compiler().test(dir)));
  assert.deepEqual(report.tests[0], { name: "custom_test/test_day", opa: false, wasm: false });
});

test("a test of which one case fails does not pass on the compiled module, though its value leaves the case out", async () => {
  const wrong = NIGHT_TEST.replace('"night": 22', '"night": 20');
  const files = { ...FILES, "custom_test.rego": wrong.replace("hour == 22", "hour == 21") };
  const report = await inFolder(files, async (dir) => must(await compiler().test(dir)));
  assert.deepEqual(report.tests[1], { name: "custom_test/test_hours", opa: false, wasm: false });
});

test("a directory that does not compile has faults in place of a report", async () => {
  await inFolder(
    { ...FILES, "custom_test.rego": "package custom_test\n\ntest_x if {" },
    async (dir) => {
      assert.ok(
        (faults(await compiler().test(dir))[0]?.path ?? "").startsWith(`${dir}/custom_test.rego:`),
      );
    },
  );
});

test("tests that are there, without any, are an empty report", async () => {
  const { "custom_test.rego": _, ...files } = FILES;
  const report = await inFolder(files, async (dir) => must(await compiler().test(dir)));
  assert.deepEqual(report.tests, []);
});
