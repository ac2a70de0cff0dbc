// Engines that this machine may lack are scripts on a PATH of the test's own.

import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createFindEngine } from "../../src/runners/engine.ts";
import type { EngineName } from "../../src/runners/types.ts";
import { folderFor } from "../support/server.ts";
import { containerWork, partsOf, run, runWork } from "./work.ts";

/** A folder with these engines in it, each a script; they note how they were called. */
async function engines(context: TestContext, scripts: Partial<Record<EngineName, string>>) {
  const folder = await folderFor(context);
  const calls = join(folder, "calls");
  await writeFile(calls, "");
  for (const [name, script] of Object.entries(scripts)) {
    const text = `#!/bin/sh\necho "${name} $*" >> ${calls}\n${script}\n`;
    await writeFile(join(folder, name), text, { mode: 0o700 });
  }
  const engineEnv = { PATH: `${folder}:/usr/bin:/bin` };
  const only = { PATH: folder };
  return {
    folder,
    find: (setting: "auto" | EngineName | "none") =>
      createFindEngine(setting, { run, engineEnv: only }),
    parts: partsOf({
      engineEnv,
      findEngine: createFindEngine("docker", { run, engineEnv }),
      newId: () => "n",
    }),
    calls: async () => (await readFile(calls, "utf8")).split("\n").slice(0, -1),
  };
}

const WORKS = "exit 0";
const IS_DOWN = "echo 'Cannot connect to the Docker daemon' >&2; exit 1";

const FOUND = [
  ["docker where its server answers", { docker: WORKS, podman: WORKS }, "auto", "docker"],
  ["podman where docker's server is down", { docker: IS_DOWN, podman: WORKS }, "auto", "podman"],
  ["podman where there is no docker", { podman: WORKS }, "auto", "podman"],
  ["podman where it is asked for", { docker: WORKS, podman: WORKS }, "podman", "podman"],
] as const;

for (const [what, scripts, setting, engine] of FOUND) {
  test(`the engine is ${what}`, async (context) => {
    const { find } = await engines(context, scripts);
    assert.deepEqual(await find(setting)(), { ok: true, value: engine });
  });
}

const IS_CLOSED =
  "echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1";

const down = { reason: "engine_silent", detail: "Cannot connect to the Docker daemon" };
const closed = {
  reason: "engine_forbidden",
  detail: "permission denied while trying to connect to the Docker daemon socket",
};
const NONE = [
  ["none is allowed", { docker: WORKS, podman: WORKS }, "none", { reason: "no_engine", tried: [] }],
  ["none is there", {}, "auto", { reason: "no_engine", tried: ["docker", "podman"] }],
  ["none answers", { docker: IS_DOWN, podman: IS_DOWN }, "auto", { ...down, engine: "docker" }],
  ["one does not answer", { podman: IS_DOWN }, "auto", { ...down, engine: "podman" }],
  [
    "the server's user has no right to the socket",
    { docker: IS_CLOSED },
    "auto",
    { ...closed, engine: "docker" },
  ],
  [
    "one is down and one is closed to the server's user",
    { docker: IS_DOWN, podman: IS_CLOSED },
    "auto",
    { ...closed, engine: "podman" },
  ],
  [
    "it ends without a word",
    { docker: "exit 3" },
    "docker",
    { reason: "engine_silent", engine: "docker", detail: "it ended with exit code 3" },
  ],
  [
    "another one is asked for",
    { podman: WORKS },
    "docker",
    { reason: "no_engine", tried: ["docker"] },
  ],
] as const;

for (const [what, scripts, setting, failure] of NONE) {
  test(`there is no engine where ${what}, and why is told`, async (context) => {
    const { find } = await engines(context, scripts);
    assert.deepEqual(await find(setting)(), { ok: false, failure });
  });
}

test("an engine that may not be executed is one that the server has no right to", async (context) => {
  const { find, folder } = await engines(context, { docker: WORKS });
  await chmod(join(folder, "docker"), 0o600);
  const detail = "it may not be executed (EACCES)";
  const failure = { reason: "engine_forbidden", engine: "docker", detail };
  assert.deepEqual(await find("docker")(), { ok: false, failure });
});

test("an engine that answered is not asked again, one that did not is", async (context) => {
  const works = await engines(context, { docker: WORKS });
  const find = works.find("docker");
  await find();
  await find();
  assert.equal((await works.calls()).length, 1);
  const down = await engines(context, { docker: IS_DOWN });
  const tryAgain = down.find("docker");
  await tryAgain();
  await tryAgain();
  assert.equal((await down.calls()).length, 2);
});

/** What docker and podman say, as they say it. */
const SAYS = [
  [
    125,
    "Unable to find image 'x:1' locally\ndocker: Error response from daemon: pull access denied for x.\n\nRun 'docker run --help' for more information",
    {
      reason: "no_image",
      image: "x:1",
      detail: "docker: Error response from daemon: pull access denied for x.",
    },
  ],
  [
    125,
    "Trying to pull x:1...\ntime=now level=warning msg=Failed\nError: initializing source docker://x:1: pinging container registry x",
    {
      reason: "no_image",
      image: "x:1",
      detail: "Error: initializing source docker://x:1: pinging container registry x",
    },
  ],
  [
    125,
    "docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?.\nSee 'docker run --help'.",
    {
      reason: "engine_silent",
      engine: "docker",
      detail:
        "docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?.",
    },
  ],
  [
    126,
    "docker: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied.",
    {
      reason: "engine_forbidden",
      engine: "docker",
      detail:
        "docker: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied.",
    },
  ],
  [
    125,
    "Error: short-name resolution enforced\nError: initializing source docker://x:1: reading manifest 1 in x: unauthorized: authentication required",
    {
      reason: "no_image",
      image: "x:1",
      detail:
        "Error: initializing source docker://x:1: reading manifest 1 in x: unauthorized: authentication required",
    },
  ],
  [
    125,
    "Error: runc: error setting rlimits for ready process: operation not permitted: OCI permission denied",
    {
      reason: "engine_failed",
      engine: "docker",
      detail:
        "Error: runc: error setting rlimits for ready process: operation not permitted: OCI permission denied",
    },
  ],
  [
    127,
    'docker: Error response from daemon: exec: "sh": executable file not found in $PATH: unknown.',
    { reason: "not_startable", program: "sh", detail: "the image x:1 lacks it" },
  ],
  [
    126,
    "Error: runc: exec /tmp: permission denied: OCI permission denied",
    {
      reason: "not_startable",
      program: "sh",
      detail: "Error: runc: exec /tmp: permission denied: OCI permission denied",
    },
  ],
] as const;

for (const [code, words, failure] of SAYS) {
  test(`an engine's own failure is told in its words: ${failure.reason}, ${words.slice(0, 30)}`, async (context) => {
    const script = `[ "$1" = run ] || exit 0\ncat >&2 <<'WORDS'\n${words}\nWORDS\nexit ${code}`;
    const { parts } = await engines(context, { docker: script });
    assert.deepEqual(await runWork(containerWork("", { image: "x:1" }), {}, { parts }), {
      ok: false,
      failure,
    });
  });
}

test("a program that fails like an engine, with output or in other words, is told as it is", async (context) => {
  for (const [script, exitCode] of [
    ["echo out; echo 'Error: mine' >&2; exit 125", 125],
    ["echo 'sh: foo: not found' >&2; exit 127", 127],
    ["exit 125", 125],
  ] as const) {
    const { parts } = await engines(context, { docker: `[ "$1" = run ] || exit 0\n${script}` });
    const ran = await runWork(containerWork("", { image: "x:1" }), {}, { parts });
    assert.equal(ran.ok && ran.value.exitCode, exitCode);
  }
});

test("a container that cannot be removed is named", async (context) => {
  const script = 'case "$1" in run) exec sleep 60;; rm) echo busy >&2; exit 2;; esac';
  const { parts, calls } = await engines(context, { docker: script });
  const ran = await runWork(containerWork("", { timeoutMs: 100 }), {}, { parts });
  assert.deepEqual(ran, {
    ok: false,
    failure: {
      reason: "engine_failed",
      engine: "docker",
      detail: "the container kubiya-n could not be removed: exit code 2: busy",
    },
  });
  assert.ok((await calls()).filter((call) => call.startsWith("docker rm")).length > 1);
});

test("an engine that was lost while a container ran is told as that, with the container that is left", async (context) => {
  const lost = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.";
  const script = `[ "$1" = version ] && exit 0; echo '${lost}' >&2; exit 1`;
  const run125 = script.replace("exit 1", '[ "$1" = run ] && exit 125; exit 1');
  const { parts } = await engines(context, { docker: run125 });
  assert.deepEqual(await runWork(containerWork("true"), {}, { parts }), {
    ok: false,
    failure: {
      reason: "engine_silent",
      engine: "docker",
      detail: `the container kubiya-n could not be removed: exit code 1: ${lost}`,
    },
  });
});

test("an engine that went away since it answered is no engine, and there is nothing to remove", async () => {
  const parts = partsOf({
    engineEnv: { PATH: "/nowhere" },
    findEngine: async () => ({ ok: true, value: "docker" }),
  });
  assert.deepEqual(await runWork(containerWork("true"), {}, { parts }), {
    ok: false,
    failure: { reason: "no_engine", tried: ["docker"] },
  });
});

test("where no engine is allowed nothing runs, and the call says so", async (context) => {
  const { parts, find, calls } = await engines(context, { docker: WORKS, podman: WORKS });
  const none = { ...parts, findEngine: find("none") };
  assert.deepEqual(await runWork(containerWork("true"), {}, { parts: none }), {
    ok: false,
    failure: { reason: "no_engine", tried: [] },
  });
  assert.deepEqual(await calls(), []);
});
