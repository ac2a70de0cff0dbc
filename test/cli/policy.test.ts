import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { PolicyTestReport } from "../../src/decision/types.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { FAULT, run } from "./host.ts";

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kubiya-cli-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("a directory that is typed starts where the program was started", async () => {
  const dirs: string[] = [];
  const checkPolicies = async (dir: string) => {
    dirs.push(dir);
    return done(undefined);
  };
  const ran = await run(["policy", "check", "rules"], { cwd: "/work", checkPolicies });
  assert.deepEqual([ran.code, ran.stdout, dirs], [0, "", ["/work/rules"]]);
});

test("without a directory the server's own is meant, as its configuration says", async () => {
  const dirs: string[] = [];
  const checkPolicies = async (dir: string) => {
    dirs.push(dir);
    return done(undefined);
  };
  const policies = { enabled: true, path: "/configured", named: true } as const;
  const ran = await run(["policy", "check", "--config", "F"], {
    config: { policies },
    checkPolicies,
  });
  assert.deepEqual(dirs, ["/configured"]);
  assert.deepEqual(
    ran.flags.map(({ config, enable_opa_policies: enabled }) => [config, enabled]),
    [["F", true]],
  );
});

test("without a directory a faulty configuration is told, and nothing is checked", async () => {
  const ran = await run(["policy", "check"], { faults: [FAULT] });
  assert.deepEqual([ran.code, ran.stdout], [3, ""]);
  assert.match(ran.stderr, /api_kee/);
});

/** An outside on which this command gets this answer. */
function asked<F>(command: string, answer: () => Promise<F>) {
  return command === "check" ? { checkPolicies: answer } : { compiler: { [command]: answer } };
}

for (const command of ["check", "build", "test"]) {
  const argv = ["policy", command, "rules", ...(command === "build" ? ["-o", "out.tar.gz"] : [])];
  const refuse = async () => failed({ reason: "faulty", faults: [FAULT] } as const);

  test(`policy ${command} of policies with a fault answers no, and says where`, async (context) => {
    const cwd = await folderFor(context);
    const ran = await run(argv, { cwd, ...asked(command, refuse) });
    assert.deepEqual([ran.code, ran.stdout], [1, ""]);
    assert.equal(ran.stderr, "/config.json: api_kee: is no field (did you mean api_key?)\n");
    assert.deepEqual(await readdir(cwd), []);
  });

  test(`policy ${command} --json gives its faults as the answer`, async (context) => {
    const cwd = await folderFor(context);
    const ran = await run([...argv, "--json"], { cwd, ...asked(command, refuse) });
    assert.deepEqual([ran.code, ran.stderr], [1, ""]);
    assert.deepEqual(JSON.parse(ran.stdout), { valid: false, faults: [FAULT] });
  });
}

for (const command of ["check", "build", "test"]) {
  test(`policy ${command} that cannot be tried is no answer, but says why`, async () => {
    const untried = async () => failed({ reason: "untried", faults: [FAULT] } as const);
    const argv = ["policy", command, "rules", "--json"];
    const output = command === "build" ? ["-o", "out.tar.gz"] : [];
    const ran = await run([...argv, ...output], asked(command, untried));
    assert.deepEqual([ran.code, ran.stderr], [3, ""]);
    assert.deepEqual(JSON.parse(ran.stdout), { valid: false, faults: [FAULT] });
  });
}

test("policy check --json says that the policies can be used", async () => {
  const ran = await run(["policy", "check", "rules", "--json"], {
    checkPolicies: async () => done(undefined),
  });
  assert.deepEqual(JSON.parse(ran.stdout), { valid: true, faults: [] });
});

test("policy build writes the bundle where it is told", async (context) => {
  const cwd = await folderFor(context);
  const build = async () => done(Buffer.from("bundle"));
  const ran = await run(["policy", "build", "rules", "-o", "out.tar.gz"], {
    cwd,
    compiler: { build },
  });
  assert.deepEqual([ran.code, ran.stdout], [0, ""]);
  assert.equal(await readFile(join(cwd, "out.tar.gz"), "utf8"), "bundle");
  const json = await run(["policy", "build", "rules", "--json", "--output", "b"], {
    cwd,
    compiler: { build },
  });
  assert.deepEqual(JSON.parse(json.stdout), { file: join(cwd, "b"), bytes: 6 });
});

test("policy build asks for the file to write before it builds anything", async () => {
  const ran = await run(["policy", "build", "rules"]);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /-o bundle.tar.gz/);
});

test("policy build says when the bundle cannot be written", async (context) => {
  const cwd = await folderFor(context);
  const build = async () => done(Buffer.from("bundle"));
  const ran = await run(["policy", "build", "rules", "-o", "no/out"], { cwd, compiler: { build } });
  assert.equal(ran.code, 4);
  assert.match(ran.stderr, /cannot be written here/);
});

const REPORT: PolicyTestReport = {
  tests: [{ name: "custom_test/test_a", opa: true, wasm: true }],
  coverage: 50,
  uncovered: { "custom.rego": [3, 4] },
};

const REPORTS: readonly (readonly [string, PolicyTestReport, number])[] = [
  ["pass on both engines", REPORT, 0],
  ["fail on wasm alone", { ...REPORT, tests: [{ name: "t", opa: true, wasm: false }] }, 1],
  ["fail on opa alone", { ...REPORT, tests: [{ name: "t", opa: false, wasm: true }] }, 1],
  ["are none", { ...REPORT, tests: [] }, 1],
];

for (const [what, report, code] of REPORTS) {
  test(`policy test of tests that ${what} ends with ${code}`, async () => {
    const compiler = { test: async () => done(report) };
    const told = await run(["policy", "test", "rules"], { compiler });
    assert.equal(told.code, code);
    const json = await run(["policy", "test", "rules", "--json"], { compiler });
    assert.equal(json.code, code);
    assert.deepEqual(JSON.parse(json.stdout), report);
  });
}

test("policy test says of each test how it went on which engine, and what none reaches", async () => {
  const { stdout } = await run(["policy", "test", "rules"], {
    compiler: { test: async () => done(REPORT) },
  });
  assert.equal(
    stdout,
    "opa pass  wasm pass  custom_test/test_a\ncoverage 50.0 %\n  not reached: custom.rego: 3, 4\n",
  );
});

test("policy init writes nothing where one of its files is there already", async (context) => {
  const cwd = await folderFor(context);
  await mkdir(join(cwd, "rules"));
  await writeFile(join(cwd, "rules", "custom.rego"), "package custom # mine");
  const ran = await run(["policy", "init", "rules"], { cwd });
  assert.deepEqual([ran.code, ran.stdout], [1, ""]);
  assert.match(ran.stderr, /custom\.rego: is there already[\s\S]*--force/);
  assert.deepEqual(await readdir(join(cwd, "rules")), ["custom.rego"]);
  assert.equal(await readFile(join(cwd, "rules", "custom.rego"), "utf8"), "package custom # mine");

  const forced = await run(["policy", "init", "rules", "--force", "--json"], { cwd });
  assert.equal(forced.code, 0);
  assert.notEqual(
    await readFile(join(cwd, "rules", "custom.rego"), "utf8"),
    "package custom # mine",
  );
  assert.ok(JSON.parse(forced.stdout).files.includes(join(cwd, "rules", "capabilities.json")));
});

test("policy init leaves other files of the directory alone", async (context) => {
  const cwd = await folderFor(context);
  await writeFile(join(cwd, "notes.txt"), "mine");
  const ran = await run(["policy", "init", "."], { cwd });
  assert.equal(ran.code, 0);
  assert.equal(await readFile(join(cwd, "notes.txt"), "utf8"), "mine");
});

test("policy init says when the directory cannot be written", async (context) => {
  const cwd = await folderFor(context);
  await writeFile(join(cwd, "file"), "");
  const ran = await run(["policy", "init", "file/rules"], { cwd });
  assert.equal(ran.code, 4);
  assert.match(ran.stderr, /cannot be written; name another directory/);
});

test("policy init says when the package is not whole, and writes nothing", async (context) => {
  const cwd = await folderFor(context);
  const ran = await run(["policy", "init", "rules"], { cwd, packageRoot: "/nowhere" });
  assert.deepEqual([ran.code, ran.stdout], [4, ""]);
  assert.match(
    ran.stderr,
    /^\/nowhere: its templates cannot be read; install it again \(ENOENT.*\)\n$/,
  );
  assert.deepEqual(await readdir(cwd), []);
});
