// What the tests of the audit trail share: an action, a way to open a trail, and a reader that holds
// every record to the published schema and every line to its chain.

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createDisk } from "../../src/audit/disk.ts";
import { filesIn } from "../../src/audit/files.ts";
import { openAudit } from "../../src/audit/open.ts";
import { checkWith, keyId } from "../../src/audit/public-keys.ts";
import type {
  AuditedAction,
  AuditedEnd,
  ChainVerdict,
  CheckpointKey,
  Trail,
} from "../../src/audit/types.ts";
import { verifyChain } from "../../src/audit/verify.ts";
import { digestOf } from "../../src/lib/digest.ts";
import type { Log } from "../../src/lib/log.ts";
import { createUuid } from "../../src/lib/uuid.ts";
import { chainsIn as allIn, happened, type Read } from "../support/records.ts";
import { ALLOWED, CIRCUMSTANCES, NOON, stepOf } from "../support/world.ts";

const STEP = stepOf("kubectl", { command: "get pods" });

export const ACTION: AuditedAction = {
  circumstances: CIRCUMSTANCES,
  action: "tools/call",
  toolName: "kubectl",
  origin: null,
  step: { ...STEP, tool: { ...STEP.tool, digest: digestOf("kubectl") } },
  parameters: { command: "get pods" },
  decision: { ...ALLOWED, facts: digestOf({}) },
};

export const END: AuditedEnd = {
  result: "success",
  errorCode: null,
  exitCode: 0,
  durationMs: 3,
  outputBytes: 4,
  outputDigest: digestOf("pods"),
};

export const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export const newId: () => string = createUuid(Date.now);

/** A key that all tests know: its seed is nothing but zeros. */
const PRIVATE: KeyObject = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32)]),
  ...{ format: "der", type: "pkcs8" },
});
export const PUBLIC: KeyObject = createPublicKey(PRIVATE);
export const KEY: CheckpointKey = {
  id: keyId(PUBLIC),
  sign: (text) => sign(null, Buffer.from(text), PRIVATE).toString("base64"),
};

type Parts = Parameters<typeof openAudit>[0];

/** The parts of a trail in a folder. */
export function partsIn(dir: string, other: Partial<Parts> = {}): Parts {
  const bounds = { fileBytes: 67_108_864, retentionDays: null };
  return { dir, ...bounds, key: KEY, clock: () => NOON, newId, log: QUIET, ...other };
}

/** A trail in a folder, which must open. */
export async function openIn(dir: string, other: Partial<Parts> = {}): Promise<Trail> {
  const opened = await openAudit(partsIn(dir, other));
  assert.ok(opened.ok, JSON.stringify(opened));
  return opened.value;
}

/** The records of what happened, of every chain in a folder, by chain. */
export async function chainsIn(dir: string): Promise<ReadonlyMap<string, readonly Read[]>> {
  const chains = await allIn(dir);
  return new Map([...chains].map(([name, records]) => [name, records.filter(happened)]));
}

/** The records of the only chain of a folder. */
export async function recordsIn(dir: string): Promise<readonly Read[]> {
  const chains = [...(await chainsIn(dir)).values()];
  assert.equal(chains.length, 1);
  return chains[0] ?? [];
}

/** What verification says of one chain of a folder. */
export async function verdictOf(
  dir: string,
  chain: string = "cli",
): Promise<Omit<ChainVerdict, "path">> {
  const disk = createDisk();
  const folder = join(dir, chain);
  const files = await filesIn(disk, folder);
  const check = checkWith([PUBLIC]);
  return verifyChain({ disk, folder, files, part: false, name: chain, anchors: [], check });
}

/** Starts a process that opens a trail as `audit` (or gets `failure`) and then runs this text. */
export function startWriter(
  dir: string,
  text: string,
  { chain, uid }: { readonly chain?: "cli"; readonly uid?: number } = {},
): ChildProcess {
  const source = new URL("../../src/", import.meta.url);
  const program = `
    import { openAudit } from ${JSON.stringify(new URL("audit/open.ts", source))};
    import { createUuid } from ${JSON.stringify(new URL("lib/uuid.ts", source))};
    import { ACTION as action, END as end, KEY as key, QUIET as log } from ${JSON.stringify(pathToFileURL(import.meta.filename))};
    const say = (text) => process.stdout.write(text + "\\n");
    const opened = await openAudit({
      dir: ${JSON.stringify(dir)}, clock: Date.now, newId: createUuid(Date.now), log,
      key, fileBytes: 67_108_864, retentionDays: null,
      ...${JSON.stringify(chain === undefined ? {} : { chain })},
    });
    const audit = opened.ok ? opened.value : null;
    const failure = opened.ok ? null : opened.failure;
    ${text}`;
  return spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["pipe", "pipe", "pipe"],
    ...(uid !== undefined && { uid, gid: uid }),
  });
}

/** Everything that a process said on stdout, when it has ended. On stderr it must have said nothing. */
export async function saidBy(child: ChildProcess): Promise<readonly string[]> {
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += String(chunk);
  });
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors += String(chunk);
  });
  await new Promise((ended) => {
    child.once("close", ended);
  });
  assert.equal(errors, "");
  return text.split("\n").slice(0, -1);
}
