import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { access, readdir } from "node:fs/promises";
import { getPriority } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { mintPermit } from "../../src/lib/permit.ts";
import type { Confinement, ProcessWork } from "../../src/runners/types.ts";
import { createResolveRunner } from "../../src/runners/resolve.ts";
import { folderFor } from "../support/server.ts";
import { whyNoSandbox } from "../support/sandbox.ts";
import { partsOf, PATH, processWork, runWork, temporaryFor } from "./work.ts";

const NAMES = [
  ["default", "auto", "local", "local", true],
  ["default", "default", "local", "local", true],
  ["default", "cloud", "cloud", "kubiya", null],
  ["auto", "cloud", "local", "local", true],
  ["local", "cloud", "local", "local", true],
  ["elsewhere", "local", "elsewhere", "kubiya", null],
  ["Local", "local", "Local", "kubiya", null],
] as const;

for (const [requested, byDefault, name, kind, healthy] of NAMES) {
  test(`the runner ${requested} is ${name} where the default is ${byDefault}`, () => {
    assert.deepEqual(createResolveRunner(byDefault, null)(requested), {
      requested,
      name,
      kind,
      healthy,
    });
  });
}

async function output(...asked: Parameters<typeof runWork>): Promise<string> {
  const ran = await runWork(...asked);
  assert.ok(ran.ok, JSON.stringify(ran));
  return ran.value.stdout;
}

test("a process has a directory, a HOME and a TMPDIR of its own, closed to others", async () => {
  const script = 'pwd; echo "$HOME"; echo "$TMPDIR"; stat -c %a . .. "$HOME" "$TMPDIR"; ls -A';
  const lines = (await output(processWork(script))).trim().split("\n");
  assert.equal(new Set(lines.slice(0, 3)).size, 3);
  assert.deepEqual(lines.slice(3), ["700", "700", "700", "700"]);
});

test("its files are there, readable for it alone, and never outside its directory", async () => {
  const files = [
    { path: "a/b", content: "one" },
    { path: "../../c", content: "two" },
  ];
  const script = "stat -c %a a/b; cat a/b c; find .. -type f | wc -l";
  assert.equal(await output(processWork(script, { files })), "600\nonetwo2\n");
});

test("PATH, HOME, TMPDIR and LANG are set, and the configuration may set them otherwise", async () => {
  const own = await output(processWork('echo "$PATH|$LANG"'));
  assert.equal(own, `${PATH}|C.UTF-8\n`);
  const extra = { env: { HOME: "/srv/home" }, secrets: { LANG: "de" } };
  assert.equal(await output(processWork('echo "$HOME|$LANG"', extra)), "/srv/home|de\n");
});

const CONFINEMENTS: readonly Confinement[] = [
  { memory: null, sandbox: null },
  { memory: "512m", sandbox: null },
  ...(whyNoSandbox() === false ? [{ memory: null, sandbox: { network: true, volumes: [] } }] : []),
];

for (const confinement of CONFINEMENTS) {
  test(`a process stands behind the server from its beginning: ${JSON.stringify(confinement)}`, async () => {
    const said = await output(processWork("", { program: "nice", args: [], confinement }));
    assert.equal(Number(said), Math.min(getPriority() + 10, 19));
  });
}

test("where there is no nice a process runs all the same", async (context) => {
  const folder = await folderFor(context);
  const work = processWork("echo here", { program: "/bin/sh" });
  assert.equal(await output(work, {}, { parts: partsOf({ path: folder }) }), "here\n");
});

const PROGRAMS: readonly (readonly [string, Partial<ProcessWork>, object])[] = [
  ["that is not there", { program: "no-such" }, { reason: "not_found", program: "no-such" }],
  [
    "that is not on the PATH of its tool",
    { program: "sh", env: { PATH: "/nowhere" } },
    { reason: "not_found", program: "sh" },
  ],
  ["that is a folder", { program: "/usr/bin" }, { reason: "not_found", program: "/usr/bin" }],
  [
    "that may not be executed",
    { program: "/etc/passwd" },
    {
      reason: "not_startable",
      program: "/etc/passwd",
      detail: "it may not be executed (EACCES)",
    },
  ],
  [
    "with too many words",
    { args: ["x".repeat(140_000)] },
    {
      reason: "not_startable",
      program: "sh",
      detail: "its words and environment are longer than the system takes (E2BIG)",
    },
  ],
];

for (const [what, extra, failure] of PROGRAMS) {
  test(`a program ${what} is told as it is`, async () => {
    assert.deepEqual(await runWork(processWork("", extra)), { ok: false, failure });
  });
}

test("a program that looks like an option is none", async () => {
  const ran = await runWork(processWork("", { program: "--version", args: [] }));
  assert.deepEqual(ran, { ok: false, failure: { reason: "not_found", program: "--version" } });
});

const ENDS = [
  ["well", "echo $PWD", {}],
  ["badly", "echo $PWD; exit 3", {}],
  ["out of time", "echo $PWD; sleep 60", { timeoutMs: 200 }],
  ["with its files closed", "echo $PWD; mkdir d; touch d/f; chmod 0 d .", {}],
  ["with its directory removed", 'echo $PWD; rm -rf "$PWD/.."', {}],
  ["with a link in its place", 'echo $PWD; mv "$PWD" "$HOME/w"; ln -s / "$HOME/root"', {}],
] as const;

for (const [how, script, extra] of ENDS) {
  test(`nothing of a process is left when it ends ${how}`, async () => {
    const seen: string[] = [];
    await runWork(processWork(script, extra), { onLine: (line) => seen.push(line) });
    const [folder = ""] = seen;
    assert.match(folder, /kubiya-run-/);
    await assert.rejects(access(join(folder, "..")));
    await access("/bin/sh");
  });
}

test("files that cannot be written run nothing, and leave nothing", async (context) => {
  const folder = await temporaryFor(context);
  const files = [
    { path: "a", content: "" },
    { path: "a/b", content: "" },
  ];
  const ran = await runWork(processWork(`touch ${folder}/ran`, { files }));
  const failure = { reason: "folder_failed", doing: "fill", code: "EEXIST" };
  assert.deepEqual(ran, { ok: false, failure });
  assert.deepEqual(await readdir(folder), []);
});

test("a folder that stays is told, whatever the process said", async (context) => {
  const name = "x".repeat(200);
  const deeper = `for at in $(seq 30); do mkdir ${name}; cd ${name}; done`;
  const seen: string[] = [];
  const ran = await runWork(processWork(`echo $PWD; ${deeper}`), {
    onLine: (line) => seen.push(line),
  });
  const [folder = ""] = seen;
  assert.match(folder, /kubiya-run-/);
  context.after(() => execFileSync("rm", ["-rf", dirname(folder)]));
  const failure = { reason: "folder_failed", doing: "remove", code: "ENAMETOOLONG" };
  assert.deepEqual(ran, { ok: false, failure });
});

test("a runner that is not there runs nothing, here or elsewhere", async (context) => {
  const folder = await folderFor(context);
  const runner = createResolveRunner("local", null)("elsewhere");
  const ran = await runWork(processWork(`touch ${folder}/ran`), {}, { runner });
  const failure = { reason: "runner_not_available", runner: "elsewhere" };
  assert.deepEqual(ran, { ok: false, failure });
  assert.deepEqual(await readdir(folder), []);
});

test("work without a permit that was minted does not begin", async (context) => {
  const folder = await folderFor(context);
  const permit = { ...mintPermit("decision", {}) };
  await assert.rejects(runWork(processWork(`touch ${folder}/ran`), {}, { permit }), /not minted/);
  assert.deepEqual(await readdir(folder), []);
});

test("work that was cancelled before it began does not begin", async (context) => {
  const folder = await folderFor(context);
  const ran = await runWork(processWork(`touch ${folder}/ran`), { signal: AbortSignal.abort() });
  assert.deepEqual(ran, { ok: false, failure: { reason: "cancelled", stderr: "" } });
  assert.deepEqual(await readdir(folder), []);
});
