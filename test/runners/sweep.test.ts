import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { startLine } from "../../src/runners/command-line.ts";
import { createFindEngine } from "../../src/runners/engine.ts";
import { readOwner } from "../../src/runners/owner.ts";
import { createSweep } from "../../src/runners/sweep.ts";
import {
  containers,
  IMAGE,
  newContainerId,
  removeImage,
  whyNoContainers,
} from "../support/container.ts";
import { folderFor } from "../support/server.ts";
import { containerWork, partsOf, run } from "./work.ts";

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

/** A docker that has these containers, an owner each, and loses those that it removes. */
async function dockerWith(context: TestContext, owners: readonly string[], removes = "yes") {
  const folder = await folderFor(context);
  for (const [at, its] of owners.entries()) await writeFile(join(folder, `c${at}`), its);
  const script = `#!/bin/sh
    echo "$*" >> ${folder}/calls
    cd ${folder}
    case "$1" in
      ps) ls c?;;
      inspect) for id in c?; do echo "$id $(cat $id)"; done;;
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

test(
  "a sweep removes what an ended server left, also one whose number another has now",
  { skip: noOwner },
  async (context) => {
    const docker = await dockerWith(context, [await ended(), `${place}/${pid}/1`, owner]);
    assert.deepEqual(await docker.sweep(), { ok: true, value: 2 });
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
    assert.deepEqual(await docker.sweep(), { ok: true, value: 0 });
    assert.deepEqual(await docker.ended(), []);
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
  assert.deepEqual(await sweep(), { ok: true, value: 0 });
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
    assert.ok(swept.ok && swept.value >= 1, JSON.stringify(swept));
    assert.deepEqual(containers(), names.slice(0, 1));
  },
);

/** When a process started, as /proc says it. */
async function startOf(of: number): Promise<string> {
  const stat = await readFile(`/proc/${of}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
