import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { appendFile, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pemOf } from "../../src/audit/public-keys.ts";
import { verifyTrail } from "../../src/audit/verify-trail.ts";
import type { LogFacts } from "../../src/lib/log.ts";
import { ACTION, END, openIn, PUBLIC, QUIET } from "../audit/trail.ts";
import { CONFIG } from "../support/world.ts";
import { folderFor } from "../support/server.ts";
import { type Ran, run } from "./host.ts";

/** A folder with the trail of a server and of the commands, and the key that both signed with. */
interface Home {
  readonly dir: string;
  readonly cli: string;
  readonly key: string;
  readonly verify: (...args: readonly string[]) => Promise<Ran>;
  /** What a checkpoint's line in the log said. */
  readonly logged: readonly LogFacts[];
}

async function homeFor(context: TestContext): Promise<Home> {
  const folder = await folderFor(context);
  const dir = join(folder, "trail");
  const key = join(folder, "checkpoint.pub.pem");
  await writeFile(key, pemOf(PUBLIC));
  const logged: LogFacts[] = [];
  const log = { ...QUIET, info: (_message: string, facts: LogFacts = {}) => logged.push(facts) };
  for (const chain of [{}, { chain: "cli" } as const]) {
    const audit = await openIn(dir, { ...chain, log });
    for (let at = 0; at < 3; at += 1) await audit.note(ACTION, END);
    await audit.close();
  }
  const config = { audit: { ...CONFIG.audit, dir }, state_dir: folder };
  const verify = (...args: readonly string[]): Promise<Ran> =>
    run(["audit", "verify", ...args], {
      cwd: folder,
      config,
      ...{ verifyTrail, publicKeys: [key, join(folder, "not-there.pem")] },
    });
  return { dir, cli: join(dir, "cli"), key, verify, logged };
}

test("an intact trail is told chain by chain, with what is proved and what is not", async (context) => {
  const { verify, dir } = await homeFor(context);
  const { code, stdout, stderr } = await verify();
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(stdout.match(/: intact\n/g)?.length, 2);
  assert.ok(stdout.includes(`${dir}/cli: intact`));
  assert.match(stdout, /records 1 to 4 \(4\) are linked to each other/);
  assert.match(stdout, /signatures that hold: 1, the last in record 4/);
  assert.match(stdout, /no record stands after the last checkpoint/);
  assert.match(stdout, /no checkpoint from elsewhere was held against it/);
});

for (const what of ["a file", "a chain", "a folder"] as const) {
  test(`the path may be ${what}, and no configuration is read where the key is named`, async (context) => {
    const { verify, dir, cli, key } = await homeFor(context);
    const path = { "a file": join(cli, "000001.jsonl"), "a chain": cli, "a folder": dir }[what];
    const { code, stdout, flags } = await verify(path, "--public-key", key, "--json");
    const told = JSON.parse(stdout);
    assert.deepEqual([code, told.intact, flags.length], [0, true, 0]);
    assert.equal(told.chains.length, what === "a folder" ? 2 : 1);
  });
}

test("an edited record is named by file, line, byte and kind, and the answer is no", async (context) => {
  const { verify, cli } = await homeFor(context);
  const file = join(cli, "000001.jsonl");
  const text = await readFile(file, "utf8");
  const [one = ""] = text.split("\n");
  await writeFile(file, text.replace(/("seq":2,.*?)get pods/, "$1get evil"));
  const { code, stdout } = await verify(cli);
  assert.equal(code, 1);
  assert.ok(
    stdout.startsWith(
      `${cli}: TAMPERED\n  edit at ${file}:2 (byte ${one.length + 1}): the next line is linked to what stood here\n`,
    ),
    stdout,
  );
  const asJson = JSON.parse((await verify("--json")).stdout);
  assert.equal(asJson.intact, false);
  const { kind, line, offset } = asJson.chains.find(
    ({ chain }: { chain: string }) => chain === "cli",
  ).fault;
  assert.deepEqual([kind, line, offset], ["edit", 2, one.length + 1]);
});

test("a damaged chain of the server's own trail is an alert, one of a copy is none", async (context) => {
  const { verify, dir, cli, key } = await homeFor(context);
  const copy = join(dir, "..", "copy");
  const config = { audit: { ...CONFIG.audit, dir }, state_dir: join(dir, "..") };
  const told = async (...args: readonly string[]) => {
    const { code, chainsFailed, closed } = await verify(...args);
    return [code, chainsFailed, closed];
  };
  assert.deepEqual(await told(), [0, 0, false]);
  const file = join(cli, "000001.jsonl");
  await writeFile(file, (await readFile(file, "utf8")).replace("get pods", "get evil"));
  await cp(dir, copy, { recursive: true });
  for (const own of [[], [dir], [cli], [file], ["trail"]]) {
    assert.deepEqual(await told(...own), [1, 1, true], own.join());
  }
  for (const other of [[copy], [join(copy, "cli")], [dir, "--public-key", key]]) {
    assert.deepEqual(await told(...other), [1, 0, false], other.join());
  }
  const elsewhere = { ...config, state_dir: join(dir, "nowhere") };
  const away = await run(["audit", "verify"], { config: elsewhere, verifyTrail });
  assert.deepEqual([away.code, away.chainsFailed], [1, 0]);
  const refusedCredentials = { exit: 4, lines: ["the store is away"] } as const;
  const shut = await run(["audit", "verify"], { config, verifyTrail, refusedCredentials });
  assert.deepEqual([shut.code, shut.stderr], [1, "no alert was given: the store is away\n"]);
});

test("a line that a crash cut off is no forgery: exit 5", async (context) => {
  const { verify, cli } = await homeFor(context);
  await appendFile(join(cli, "000001.jsonl"), '{"v":1,"ch');
  const { code, stdout } = await verify();
  assert.equal(code, 5);
  assert.match(stdout, /cli: intact\n {2}torn tail at .*000001\.jsonl:5 \(byte \d+\)/);
});

test("records after the last checkpoint are counted: no signature covers them", async (context) => {
  const { verify, dir } = await homeFor(context);
  const audit = await openIn(dir, { chain: "cli" });
  for (const told of [/the last record stands after/, /the last 2 records stand after/]) {
    await audit.note(ACTION, END);
    assert.match((await verify()).stdout, told);
  }
  await audit.close();
});

test("what cannot be read is neither intact nor forged: exit 4", async (context) => {
  const { verify, dir, key } = await homeFor(context);
  const empty = join(dir, "..", "empty");
  await mkdir(empty);
  for (const args of [
    [join(dir, "nowhere")],
    [empty],
    [dir, "--public-key", join(dir, "nowhere.pem")],
    [dir, "--public-key", join(dir, "cli", "000001.jsonl")],
    [dir, "--checkpoint", join(dir, "nowhere.json")],
    [dir, "--checkpoint", key],
  ]) {
    const { code, stdout, stderr } = await verify(...args);
    assert.deepEqual([code, stdout], [4, ""], args.join(" "));
    assert.match(stderr, /^[^\n]+\n$/);
  }
});

test("without a public key the signatures are not checked, and it says so", async (context) => {
  const { dir } = await homeFor(context);
  const { code, stdout } = await run(["audit", "verify", dir], { verifyTrail });
  assert.equal(code, 0);
  assert.match(stdout, /signatures not checked, because no public key is here .*: 1\n/);
  assert.match(stdout, /no signature was proved/);
});

/** The forms in which a checkpoint is kept elsewhere. */
const KEPT: Readonly<Record<string, (home: Home) => Promise<string>>> = {
  "an earlier answer": async ({ verify }) => (await verify("--json")).stdout,
  "lines of a log for programs": async ({ logged }) =>
    logged
      .map((facts) => JSON.stringify({ level: "info", message: "audit checkpoint", facts }))
      .join("\n"),
  "lines of a log for people": async ({ logged }) =>
    logged
      .map(
        ({ chain, seq, hash }) =>
          `2026-11-23T12:00:00.000Z info audit checkpoint chain=${String(chain)} seq=${String(seq)} hash=${String(hash)}`,
      )
      .join("\n"),
};

for (const [form, keep] of Object.entries(KEPT)) {
  test(`${form} holds the trail: its end cannot be cut off, nor a chain taken away`, async (context) => {
    const home = await homeFor(context);
    const { verify, dir, cli } = home;
    const anchor = join(dir, "..", "anchor");
    await writeFile(anchor, await keep(home));
    const intact = await verify("--checkpoint", anchor);
    assert.equal(intact.code, 0);
    assert.match(intact.stdout, /the checkpoint from elsewhere holds: it is all that was there/);

    const file = join(cli, "000001.jsonl");
    const lines = (await readFile(file, "utf8")).split("\n");
    await writeFile(file, `${lines.slice(0, 3).join("\n")}\n`);
    assert.equal((await verify()).code, 0);
    const cut = await verify("--checkpoint", anchor);
    assert.equal(cut.code, 1);
    assert.match(cut.stdout, /truncation at .*000001\.jsonl:4 /);

    await rm(cli, { recursive: true });
    const gone = await verify("--checkpoint", anchor);
    assert.equal(gone.code, 1);
    assert.match(gone.stdout, /truncation at .*cli\/000001\.jsonl:1 \(byte 0\)/);
  });
}

test("a file alone is not held to what was kept of the files after it", async (context) => {
  const { verify, dir, cli } = await homeFor(context);
  const audit = await openIn(dir, { chain: "cli", fileBytes: 1 });
  await audit.note(ACTION, END);
  await audit.close();
  const anchor = join(dir, "..", "anchor");
  await writeFile(anchor, (await verify("--json")).stdout);
  for (const name of ["000001.jsonl", "000002.jsonl"]) {
    assert.equal((await verify(join(cli, name), "--checkpoint", anchor)).code, 0);
  }
});

test("a chain that was written anew with its key shows against a checkpoint from elsewhere alone", async (context) => {
  const { verify, dir, cli } = await homeFor(context);
  const anchor = join(dir, "..", "anchor");
  await writeFile(anchor, (await verify("--json")).stdout);
  await rm(cli, { recursive: true });
  const audit = await openIn(dir, { chain: "cli" });
  for (let at = 0; at < 5; at += 1) await audit.note(ACTION, END);
  await audit.close();
  assert.equal((await verify()).code, 0);
  const { code, stdout } = await verify("--checkpoint", anchor);
  assert.equal(code, 1);
  assert.match(stdout, /fork at .*:4 .*an anchor has another record here/);
});

test("a chain that is copied beside itself shows", async (context) => {
  const { verify, dir, cli } = await homeFor(context);
  await cp(cli, join(dir, "clj"), { recursive: true });
  const { code, stdout } = await verify();
  assert.equal(code, 1);
  assert.match(
    stdout,
    /clj: TAMPERED\n {2}fork at .*:1 .*its folder is clj, and its records are of cli/,
  );
});

test("signatures of another key show", async (context) => {
  const { cli, verify, key } = await homeFor(context);
  await writeFile(key, pemOf(generateKeyPairSync("ed25519").publicKey));
  const { code, stdout } = await verify(cli);
  assert.equal(code, 1);
  assert.match(stdout, /bad_signature at .*:4 .*none of the public keys made the signature/);
});
