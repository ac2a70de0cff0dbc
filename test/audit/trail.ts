// What the tests of the audit trail share: an action, a way to open a trail, and a reader that holds
// every record to the published schema and every line to its chain.

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { MAX_LINE_BYTES } from "../../src/audit/line.ts";
import { openAudit } from "../../src/audit/open.ts";
import schema from "../../src/audit/schema.json" with { type: "json" };
import type { Audit, AuditedAction, AuditedEnd } from "../../src/audit/types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import type { Log } from "../../src/lib/log.ts";
import { createUuid } from "../../src/lib/uuid.ts";
import { ALLOWED, CIRCUMSTANCES, NOON, stepOf } from "../support/world.ts";

const STEP = stepOf("kubectl", { command: "get pods" });

export const ACTION: AuditedAction = {
  circumstances: CIRCUMSTANCES,
  action: "tools/call",
  toolName: "kubectl",
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

type Parts = Parameters<typeof openAudit>[0];

/** The parts of a trail in a folder. */
export function partsIn(dir: string, other: Partial<Parts> = {}): Parts {
  return { dir, clock: () => NOON, newId, log: QUIET, ...other };
}

/** A trail in a folder, which must open. */
export async function openIn(dir: string, other: Partial<Parts> = {}): Promise<Audit> {
  const opened = await openAudit(partsIn(dir, other));
  assert.ok(opened.ok, JSON.stringify(opened));
  return opened.value;
}

/** A record as it was read back. */
export interface Read {
  readonly id: string;
  readonly phase: string;
  readonly seq: number;
  readonly result: string;
  readonly [field: string]: unknown;
}

const fits = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<Read>(schema);

/** The records of every chain in a folder, by chain: each fits the schema and links to the one before. */
export async function chainsIn(dir: string): Promise<ReadonlyMap<string, readonly Read[]>> {
  const names = (await readdir(dir)).toSorted();
  const chains = names.map(async (name) => {
    const text = await readFile(join(dir, name, "000001.jsonl"), "utf8");
    return [name, sound(name, text)] as const;
  });
  return new Map(await Promise.all(chains));
}

/** The records of the only chain of a folder. */
export async function recordsIn(dir: string): Promise<readonly Read[]> {
  const chains = [...(await chainsIn(dir)).values()];
  assert.equal(chains.length, 1);
  return chains[0] ?? [];
}

function sound(chain: string, text: string): readonly Read[] {
  const lines = text.split("\n");
  assert.equal(lines.pop(), "", "the last line is whole");
  let prev: string | null = null;
  return lines.map((line, at) => {
    assert.ok(Buffer.byteLength(line) < MAX_LINE_BYTES);
    const record: unknown = JSON.parse(line);
    assert.ok(fits(record), `${line}\n${JSON.stringify(fits.errors)}`);
    assert.deepEqual(
      { chain: record["chain"], seq: record.seq, prev: record["prev"] },
      { chain, seq: at + 1, prev },
    );
    prev = createHash("sha256").update(line).digest("hex");
    return record;
  });
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
    import { ACTION as action, END as end, QUIET as log } from ${JSON.stringify(pathToFileURL(import.meta.filename))};
    const say = (text) => process.stdout.write(text + "\\n");
    const opened = await openAudit({
      dir: ${JSON.stringify(dir)}, clock: Date.now, newId: createUuid(Date.now), log,
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
