// Reads audit chains back: every record that a test has written is held to the published schema, and
// every line to the one before.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { createDisk } from "../../src/audit/disk.ts";
import { filesIn } from "../../src/audit/files.ts";
import { MAX_LINE_BYTES } from "../../src/audit/line.ts";
import schema from "../../src/audit/schema.json" with { type: "json" };

/** A record as it was read back. */
export interface Read {
  readonly id: string;
  readonly phase: string;
  readonly action: string;
  readonly seq: number;
  readonly result: string;
  readonly [field: string]: unknown;
}

const fits = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<Read>(schema);

/** What the trail records of itself. */
const OWN: ReadonlySet<string> = new Set(["checkpoint", "rotation", "retention"]);

/** Whether a record is of what happened, and not of the trail itself. */
export function happened({ action }: Read): boolean {
  return !OWN.has(action);
}

/** All records of every chain in a folder, by chain; none where there is no such folder. */
export async function chainsIn(dir: string): Promise<ReadonlyMap<string, readonly Read[]>> {
  const disk = createDisk();
  const entries = await readdir(dir, { withFileTypes: true });
  const chains = entries
    .filter((entry) => entry.isDirectory())
    .map(async ({ name }) => {
      const files = await filesIn(disk, join(dir, name));
      const texts = files.map((file) => readFile(join(dir, name, file.name), "utf8"));
      return [name, sound(name, (await Promise.all(texts)).join(""))] as const;
    });
  return new Map((await Promise.all(chains)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function sound(chain: string, text: string): readonly Read[] {
  const lines = text.split("\n");
  assert.equal(lines.pop(), "", "the last line is whole");
  let before: { readonly seq: number; readonly hash: string | null } | null = null;
  return lines.map((line) => {
    assert.ok(Buffer.byteLength(line) < MAX_LINE_BYTES);
    const record: unknown = JSON.parse(line);
    assert.ok(fits(record), `${line}\n${JSON.stringify(fits.errors)}`);
    // Retention may have taken away what stood before the first.
    const { seq, hash } = before ?? { seq: record.seq - 1, hash: record["prev"] };
    assert.deepEqual([record["chain"], record.seq, record["prev"]], [chain, seq + 1, hash]);
    before = { seq: record.seq, hash: createHash("sha256").update(line).digest("hex") };
    return record;
  });
}
