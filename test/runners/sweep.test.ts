import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  access,
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { startLine } from "../../src/runners/command-line.ts";
import { createFindEngine } from "../../src/runners/engine.ts";
import { readOwner } from "../../src/runners/owner.ts";
import { findLeft, removeLeft } from "../../src/runners/sweep-folders.ts";
import { createSweep } from "../../src/runners/sweep.ts";
import type { EngineName } from "../../src/runners/types.ts";
import { groupRuns } from "../../src/subprocess/group.ts";
import {
  containers,
  IMAGE,
  newContainerId,
  removeImage,
  whyNoContainers,
} from "../support/container.ts";
import { folderFor } from "../support/server.ts";
import { containerWork, partsOf, processWork, run, runWork, temporaryFor } from "./work.ts";

const skip = whyNoContainers();
after(() => {
  if (skip === false) removeImage();
});

const owner = await readOwner();
const noOwner = owner === "" && "there is no /proc to tell who is gone";
const [place = "", pid = "", start = ""] = owner.split("/");

/** A process that has ended and was waited for. */
async function ended(): Promise<string> {
  const child = spawn("true");
  await once(child, "exit");
  return `${place}/${child.pid}/${start}`;
}

/**
 * A docker that has these containers, an owner each, and loses those that it removes. It cannot say whose
 * one is that is `broken`, and one that `ends` is gone once it is asked for.
 */
async function dockerWith(context: TestContext, owners: readonly string[], removes = "yes") {
  const folder = await folderFor(context);
  for (const [at, its] of owners.entries()) await writeFile(join(folder, `c${at}`), its);
  const script = `#!/bin/sh
    echo "$*" >> ${folder}/calls
    cd ${folder}
    case "$1" in
      ps) ls | grep '^c.$' || :;;
      inspect) for id in c?; do case "$(cat $id)" in
          broken) echo broken >&2;;
          ends) rm $id; echo no such container >&2;;
          *) echo "$id $(cat $id)";;
        esac; done;;
      rm) shift 3; [ ${removes} = yes ] && exec rm "$@"; echo busy >&2; exit 1;;
    esac`;
  await writeFile(join(folder, "docker"), script, { mode: 0o700 });
  const engineEnv = { PATH: `${folder}:/usr/bin:/bin` };
  const findEngine = createFindEngine("docker", { run, engineEnv });
  return {
    sweep: createSweep({ run, findEngine, engineEnv, owner }),
    ended: async () =>
      (await readFile(join(folder, "calls"), "utf8"))
        .split("\n")
        .filter((call) => /^(?:kill|rm)/.test(call)),
  };
}

const sweptBy = (engine: EngineName | null, removed: number) => ({
  ok: true,
  value: { engine, removed },
});

test(
  "a sweep removes what an ended server left, also one whose number another has now",
  { skip: noOwner },
  async (context) => {
    const docker = await dockerWith(context, [await ended(), `${place}/${pid}/1`, owner]);
    assert.deepEqual(await docker.sweep(), sweptBy("docker", 2));
    assert.deepEqual(await docker.ended(), [
      "kill --signal KILL c0 c1",
      "rm --force --volumes c0 c1",
    ]);
  },
);

test(
  "a sweep never removes what may belong to a living server",
  { skip: noOwner },
  async (context) => {
    const docker = await dockerWith(context, [
      owner,
      `${place}/1/${await startOf(1)}`,
      `another-boot:1/${pid}/1`,
      `${place.split(":")[0]}:1/999999999/1`,
      "",
      "<no value>",
      "nonsense",
      `${place}/${pid}`,
    ]);
    assert.deepEqual(await docker.sweep(), sweptBy("docker", 0));
    assert.deepEqual(await docker.ended(), []);
  },
);

test("a sweep that is not told whose a container is removes none, and says so", async (context) => {
  const docker = await dockerWith(context, [await ended(), "broken"]);
  assert.deepEqual(await docker.sweep(), {
    ok: false,
    failure: { reason: "engine_failed", engine: "docker", detail: "broken" },
  });
  assert.deepEqual(await docker.ended(), []);
});

test(
  "a container that ends while a sweep looks at it is no fault",
  { skip: noOwner },
  async (context) => {
    const docker = await dockerWith(context, [await ended(), "ends"]);
    assert.deepEqual(await docker.sweep(), sweptBy("docker", 1));
  },
);

test("a sweep that cannot remove says so", { skip: noOwner }, async (context) => {
  const docker = await dockerWith(context, [await ended()], "no");
  assert.deepEqual(await docker.sweep(), {
    ok: false,
    failure: { reason: "engine_failed", engine: "docker", detail: "busy" },
  });
});

test("where no engine answers there is nothing to sweep", async () => {
  const findEngine = createFindEngine("none", { run, engineEnv: {} });
  const sweep = createSweep({ run, findEngine, engineEnv: {}, owner });
  assert.deepEqual(await sweep(), sweptBy(null, 0));
});

test(
  "a sweep of podman leaves the containers of living servers",
  { skip: skip || noOwner },
  async (context) => {
    const folder = await folderFor(context);
    const names: string[] = [];
    for (const its of [owner, await ended()]) {
      const name = `kubiya-${newContainerId()}`;
      names.push(name);
      const work = containerWork("sleep 60", { image: IMAGE });
      const line = startLine({ name, owner: its, work, files: folder });
      execFileSync("podman", line.toSpliced(1, 0, "--detach"), { stdio: "ignore" });
    }
    context.after(() =>
      execFileSync("podman", ["rm", "--force", "--time", "0", ...names.slice(0, 1)], {
        stdio: "ignore",
      }),
    );
    const swept = await createSweep({ ...partsOf(), owner })();
    assert.ok(swept.ok && swept.value.removed >= 1, JSON.stringify(swept));
    assert.deepEqual(containers(), names.slice(0, 1));
  },
);

/** The folder of a run of this owner, with a file of it. */
async function folderOf(temporary: string, its: string, name = "kubiya-run-abcdef") {
  const path = join(temporary, name);
  await mkdir(join(path, "work"), { recursive: true, mode: 0o700 });
  await writeFile(join(path, "work/file"), "");
  await symlink(its, join(path, "owner"));
  return path;
}

type Marks = Readonly<Record<string, string>>;

/** The folder of a run of a server that has ended, with what it says of who uses it. */
async function usedFolder(temporary: string, marks: Marks) {
  const path = await folderOf(temporary, await ended(), "kubiya-run-used");
  for (const [mark, text] of Object.entries(marks)) await symlink(text, join(path, mark));
  return path;
}

async function sweepNow({
  engine = null,
  signal = new AbortController().signal,
}: { readonly engine?: EngineName | null; readonly signal?: AbortSignal } = {}) {
  const left = await findLeft(owner);
  return left.ok ? removeLeft(left.value, { owner, engine, groupRuns, signal }) : left;
}

test(
  "a sweep removes the folders that ended servers left, also closed ones, and follows no link in them",
  { skip: noOwner },
  async (context) => {
    const outside = join(await folderFor(context), "kept");
    const temporary = await temporaryFor(context);
    await writeFile(outside, "");
    const first = await folderOf(temporary, await ended(), "kubiya-run-first1");
    await symlink(dirname(outside), join(first, "work/folder"));
    await symlink(outside, join(first, "work/link"));
    const closed = await folderOf(temporary, `${place}/${pid}/1`, "kubiya-run-second");
    await chmod(join(closed, "work"), 0);
    assert.deepEqual(await sweepNow(), { ok: true, value: 2 });
    assert.deepEqual(await readdir(temporary), []);
    await access(outside);
  },
);

test("a sweep never removes another folder", { skip: noOwner }, async (context) => {
  const elsewhere = await folderFor(context);
  const temporary = await temporaryFor(context);
  const its = await ended();
  await folderOf(temporary, owner, "kubiya-run-living");
  await folderOf(temporary, `another-boot:1/${pid}/1`, "kubiya-run-other");
  await folderOf(temporary, "nonsense", "kubiya-run-nonsense");
  await folderOf(temporary, its, "another-name");
  await mkdir(join(temporary, "kubiya-run-nobody"));
  await mkdir(join(temporary, "kubiya-run-file"));
  await writeFile(join(temporary, "kubiya-run-file/owner"), its);
  await writeFile(join(temporary, "kubiya-run-no-folder"), its);
  await symlink(await folderOf(elsewhere, its), join(temporary, "kubiya-run-link"));
  const before = await readdir(temporary, { recursive: true });
  assert.deepEqual(await sweepNow(), { ok: true, value: 0 });
  assert.deepEqual(await readdir(temporary, { recursive: true }), before);
  await access(join(elsewhere, "kubiya-run-abcdef/work/file"));
});

/** A process group that the test ends. Its leader reads its input to the end, and then there is this to do. */
async function groupFor(context: TestContext, last: string): Promise<string> {
  const script = `sleep 60 & echo; read line; ${last}`;
  const leader = spawn("sh", ["-c", script], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const { pid: group = 0 } = leader;
  context.after(() => process.kill(-group, "SIGKILL"));
  await once(leader.stdout, "data");
  const started = await startOf(group);
  leader.stdin.end();
  if (last === ENDS) await once(leader, "exit");
  return `${place}/${group}/${started}`;
}

const ENDS = "exit";
const STAYS_ON = "exec sleep 60";

const STAYS: readonly (readonly [
  what: string,
  marks: (context: TestContext) => Promise<Marks>,
  engine: EngineName | null,
])[] = [
  ["whose tool runs", async (c) => ({ group: await groupFor(c, STAYS_ON) }), "podman"],
  [
    "whose tool has ended and left something in its group",
    async (c) => ({ group: await groupFor(c, ENDS) }),
    "podman",
  ],
  ["whose tool may have been started", async () => ({ group: "starting" }), "podman"],
  ["whose tool runs elsewhere", async () => ({ group: "another-boot:1/999999999/1" }), "podman"],
  ["of a container where no engine was swept", async () => ({ engine: "podman" }), null],
  ["of a container of another engine", async () => ({ engine: "podman" }), "docker"],
  [
    "of a container whose engine's command still runs",
    async (c) => ({ engine: "podman", group: await groupFor(c, STAYS_ON) }),
    "podman",
  ],
];

for (const [what, marks, engine] of STAYS) {
  test(`a sweep never removes a folder ${what}`, { skip: noOwner }, async (context) => {
    const temporary = await temporaryFor(context);
    await usedFolder(temporary, await marks(context));
    const before = await readdir(temporary, { recursive: true });
    assert.deepEqual(await sweepNow({ engine }), { ok: true, value: 0 });
    assert.deepEqual(await readdir(temporary, { recursive: true }), before);
  });
}

const GOES: readonly (readonly [what: string, marks: () => Promise<Marks>])[] = [
  ["whose tool has ended", async () => ({ group: await ended() })],
  ["whose tool's number another has now", async () => ({ group: `${place}/1/1` })],
  ["of a container", async () => ({ group: await ended(), engine: "podman" })],
];

for (const [what, marks] of GOES) {
  test(`a sweep removes a folder ${what}`, { skip: noOwner }, async (context) => {
    const temporary = await temporaryFor(context);
    await usedFolder(temporary, await marks());
    assert.deepEqual(await sweepNow({ engine: "podman" }), { ok: true, value: 1 });
    assert.deepEqual(await readdir(temporary), []);
  });
}

test(
  "a server that is killed after folders were found leaves its own for the next sweep",
  { skip: noOwner },
  async (context) => {
    const temporary = await temporaryFor(context);
    const left = await findLeft(owner);
    const path = await usedFolder(temporary, { engine: "podman" });
    assert.ok(left.ok);
    const { signal } = new AbortController();
    const known = { owner, engine: "podman", groupRuns, signal } as const;
    const removed = await removeLeft(left.value, known);
    assert.deepEqual(removed, { ok: true, value: 0 });
    await access(join(path, "work/file"));
  },
);

test("a folder names the group that runs with it", { skip: noOwner }, async (context) => {
  const temporary = await temporaryFor(context);
  const script = "until readlink ../group | grep /; do sleep 0.01; done; ls ..; echo $$";
  const ran = await runWork(processWork(script), {}, { parts: partsOf({ owner }) });
  assert.ok(ran.ok, JSON.stringify(ran));
  const [group = "", ...rest] = ran.value.stdout.trim().split("\n");
  const leader = rest.pop();
  assert.match(group, new RegExp(`^${place}/${leader}/\\d+$`));
  assert.deepEqual(rest, ["group", "home", "owner", "tmp", "work"]);
  assert.deepEqual(await readdir(temporary), []);
});

const noRoot = process.getuid?.() !== 0 && "only root gives a folder to another user";

test(
  "a sweep never removes another user's folder, whatever it says",
  { skip: noOwner || noRoot },
  async (context) => {
    const path = await folderOf(await temporaryFor(context), await ended());
    await chown(path, 65534, 65534);
    assert.deepEqual(await sweepNow(), { ok: true, value: 0 });
    await access(join(path, "work/file"));
  },
);

test(
  "a folder that cannot be removed is told, and found by the next sweep too",
  { skip: noOwner },
  async (context) => {
    const path = await folderOf(await temporaryFor(context), await ended());
    const name = "x".repeat(200);
    const deeper = `for at in $(seq 30); do mkdir ${name}; cd ${name}; done`;
    spawnSync("sh", ["-c", deeper], { cwd: join(path, "work"), stdio: "ignore" });
    const swept = [await sweepNow(), await sweepNow()];
    execFileSync("rm", ["-rf", path]);
    const failure = { reason: "folder_failed", doing: "remove", code: "ENAMETOOLONG" };
    for (const told of swept) assert.deepEqual(told, { ok: false, failure });
  },
);

test("a sweep that is to end begins no other folder", { skip: noOwner }, async (context) => {
  const path = await folderOf(await temporaryFor(context), await ended());
  assert.deepEqual(await sweepNow({ signal: AbortSignal.abort() }), { ok: true, value: 0 });
  await access(join(path, "work/file"));
});

test("where there is no place for temporary files, that is told", async (context) => {
  await rm(await temporaryFor(context), { recursive: true });
  const failure = { reason: "folder_failed", doing: "remove", code: "ENOENT" };
  assert.deepEqual(await sweepNow(), { ok: false, failure });
});

/** When a process started, as /proc says it. */
async function startOf(of: number): Promise<string> {
  const stat = await readFile(`/proc/${of}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
