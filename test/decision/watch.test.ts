import assert from "node:assert/strict";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { inFolder, must } from "./rego.ts";
import {
  codes,
  type Files,
  filesIn,
  type Running,
  save,
  start,
  writeOrganisation,
} from "./server.ts";

/** Runs a test on a server whose organisation has a directory that nobody named. */
function serving(
  prepare: (files: Files) => Promise<void>,
  use: (running: Running, files: Files) => Promise<void>,
): () => Promise<void> {
  return () =>
    inFolder({}, async (dir) => {
      const files = await filesIn(dir);
      await prepare(files);
      const path = files.organisation;
      const running = must(await start(files, { enabled: true, path, named: false }));
      try {
        await use(running, files);
      } finally {
        await running.policies.close();
      }
    });
}

async function nothing(): Promise<void> {}

function night({ organisation }: Files): Promise<void> {
  return writeOrganisation(organisation, "night");
}

test(
  "a directory of policies that appears later decides, and so does what is saved in it from then on",
  serving(nothing, async ({ policies, reloaded }, files) => {
    assert.deepEqual(await codes(policies.current()), []);
    await night(files);
    await reloaded(1);
    assert.deepEqual(await codes(policies.current()), ["organisation.night"]);
    await writeOrganisation(files.organisation, "day");
    await reloaded(2);
    assert.deepEqual(await codes(policies.current()), ["organisation.day"]);
  }),
);

test(
  "a directory that goes and comes back is still watched",
  serving(night, async ({ policies, reloaded, reloads }, files) => {
    await rm(files.organisation, { recursive: true });
    await reloaded(1);
    assert.equal(reloads[0]?.faults.length, 1);
    await writeOrganisation(files.organisation, "back");
    await reloaded(2);
    assert.deepEqual(await codes(policies.current()), ["organisation.back"]);
    await writeOrganisation(files.organisation, "again");
    await reloaded(3);
    assert.deepEqual(await codes(policies.current()), ["organisation.again"]);
  }),
);

test(
  "a directory that another one takes the place of is read, and watched",
  serving(night, async ({ policies, reloaded }, files) => {
    const fresh = `${files.organisation}.next`;
    await writeOrganisation(fresh, "next");
    await rename(files.organisation, `${files.organisation}.old`);
    await rename(fresh, files.organisation);
    await reloaded(1);
    await writeOrganisation(files.organisation, "last");
    await reloaded(2);
    assert.deepEqual(await codes(policies.current()), ["organisation.last"]);
  }),
);

test("a configuration file that comes later takes effect, and its folders with it", async () =>
  inFolder({}, async (dir) => {
    const files = { ...(await filesIn(dir)), config: join(dir, "home", "deep", "config.json") };
    const { policies, reloaded } = must(await start(files));
    await mkdir(join(dir, "home", "deep"), { recursive: true });
    await save(files.config, '{"whitelist": []}');
    await reloaded(1);
    assert.deepEqual(await codes(policies.current()), ["whitelist.not_listed"]);
    await policies.close();
  }));

test("a folder that may not be watched ends nothing, is told, and the rest is watched", async () => {
  await inFolder({}, async (dir) => {
    const files = await filesIn(dir);
    await night(files);
    const { policies, reloaded, reloads, lines } = must(
      await start(files, { enabled: true, path: files.organisation, named: true }),
    );
    const closed = join(files.organisation, "closed");
    for (const path of [dir, files.organisation]) await chmod(path, 0o777);
    const root = process.geteuid?.() === 0;
    // Root may watch everything: nobody else may.
    if (root) process.seteuid?.(65_534);
    try {
      await mkdir(closed, { mode: 0o300 });
      await reloaded(1);
    } finally {
      if (root) process.seteuid?.(0);
    }
    assert.match(reloads[0]?.faults[0]?.message ?? "", /changes may go unnoticed: EACCES/);
    assert.equal(reloads[0]?.revision, policies.current().revision);
    assert.ok(lines.some((line) => line.includes("changes may go unnoticed")));
    await writeFile(join(files.organisation, "custom.rego"), "package custom\n\ndecision := {}\n");
    await reloaded(2);
    assert.deepEqual(await codes(policies.current()), []);
    await policies.close();
  });
});

test("a folder that may not be watched does not hold up the start", async () => {
  await inFolder({}, async (dir) => {
    const files = await filesIn(dir);
    const config = join(dir, "closed", "config.json");
    await mkdir(join(dir, "closed"));
    await chmod(dir, 0o755);
    await chmod(join(dir, "closed"), 0o300);
    await writeFile(config, "{}");
    await chmod(config, 0o644);
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    const started = await start({ ...files, config }).finally(() => {
      if (root) process.seteuid?.(0);
    });
    const { policies, reloads, reloaded } = must(started);
    await reloaded(1);
    assert.match(reloads[0]?.faults[0]?.message ?? "", /changes may go unnoticed: EACCES/);
    await policies.close();
  });
});
