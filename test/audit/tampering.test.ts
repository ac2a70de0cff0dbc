import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { numbers } from "../support/numbers.ts";
import { folderFor } from "../support/server.ts";
import {
  asBytes,
  byteChanged,
  chainOf,
  type Done,
  headOf,
  LINE_DEEDS,
  lineDone,
  missed,
  verifyFiles,
} from "./tampering.ts";

/** `make proofs` takes every byte and every line. */
const ALL = process.env["PROOFS"] === "all";
const LINES = 1000;
/** Of bytes; and of lines, in each of the two chains. */
const SAMPLE = { bytes: 200, lines: 150 };
const DEEDS = Object.keys(LINE_DEEDS).filter(
  (name): name is keyof typeof LINE_DEEDS => name in LINE_DEEDS,
);

async function tell(context: TestContext, found: number, faults: readonly string[]): Promise<void> {
  context.diagnostic(`${found} deeds, ${faults.length} missed`);
  assert.deepEqual(faults.slice(0, 10), []);
}

test("a byte that becomes another is found, at its line", async (context) => {
  const files = await chainOf(await folderFor(context), LINES);
  const lines = files.get("000001.jsonl") ?? [];
  assert.equal(lines.length, LINES);
  const anchors = await headOf(files);
  const next = numbers(1);
  const faults: string[] = [];
  let count = 0;
  const change = async (at: number, byte: number): Promise<void> => {
    const was = byte === lines[at]?.length ? 10 : (lines[at]?.[byte] ?? 0);
    const done = byteChanged(lines, { at, byte, to: (was + 1 + next(255)) % 256 });
    // The hash of the last line is held by nothing but its signature and what was kept elsewhere.
    const found = await verifyFiles(done.files, at >= LINES - 3 ? anchors : [], true);
    const fault = missed(done, found);
    if (fault !== null) faults.push(fault);
    count += 1;
  };
  if (ALL) {
    for (const [at, line] of lines.entries()) {
      for (let byte = 0; byte <= line.length; byte += 1) await change(at, byte);
    }
  } else {
    for (let taken = 0; taken < SAMPLE.bytes; taken += 1) {
      const at = next(LINES);
      await change(at, next((lines[at]?.length ?? 0) + 1));
    }
  }
  await tell(context, count, faults);
});

for (const [files, bytes] of [
  ["one file", 67_108_864],
  ["several files", 120_000],
] as const) {
  test(`what is done to a line of a chain of ${files} is found, at its line`, async (context) => {
    const chain = await chainOf(
      await folderFor(context),
      ALL ? LINES : 200,
      ALL ? bytes : bytes / 5,
    );
    assert.ok(files === "one file" ? chain.size === 1 : chain.size > 3);
    const anchors = await headOf(chain);
    const next = numbers(2);
    const deeds: Done[] = [];
    const names = [...chain.keys()];
    if (ALL) {
      const faults: string[] = [];
      let count = 0;
      for (const name of names) {
        for (const deed of DEEDS) {
          for (let at = 0; at < (chain.get(name)?.length ?? 0); at += 1) {
            const done = lineDone(chain, name, { name: deed, at });
            const fault = missed(done, await verifyFiles(done.files, anchors));
            if (fault !== null) faults.push(fault);
            count += 1;
          }
        }
      }
      return tell(context, count, faults);
    }
    for (let taken = 0; taken < SAMPLE.lines; taken += 1) {
      const name = names[next(names.length)] ?? "";
      const deed = DEEDS[next(DEEDS.length)] ?? "deleted";
      deeds.push(lineDone(chain, name, { name: deed, at: next(chain.get(name)?.length ?? 0) }));
    }
    const faults = await Promise.all(
      deeds.map(async (done) => missed(done, await verifyFiles(done.files, anchors))),
    );
    return tell(
      context,
      deeds.length,
      faults.filter((fault) => fault !== null),
    );
  });
}

test("a file that is removed, emptied, swapped, copied or renamed is found", async (context) => {
  const chain = await chainOf(await folderFor(context), 200, 24_000);
  const anchors = await headOf(chain);
  const names = [...chain.keys()];
  const bytes = asBytes(chain);
  const faults: string[] = [];
  for (const [at, name] of names.entries()) {
    const without = new Map([...bytes].filter(([each]) => each !== name));
    const following = names[at + 1];
    const own = bytes.get(name) ?? Buffer.alloc(0);
    const place = { file: name, line: 1 };
    const before = names[at - 1] ?? name;
    const removed =
      at === names.length - 1
        ? { file: before, line: (chain.get(before)?.length ?? 0) + 1 }
        : place;
    const deeds: Done[] = [
      { what: `${name} removed`, files: without, ...removed, kinds: ["delete", "truncation"] },
      {
        what: `${name} emptied`,
        files: new Map([...bytes, [name, Buffer.alloc(0)]]),
        ...place,
        kinds: ["truncation"],
      },
    ];
    if (following !== undefined) {
      const other = bytes.get(following) ?? Buffer.alloc(0);
      const swapped = new Map([...bytes, [name, other], [following, own]]);
      deeds.push({ what: `${name} swapped`, files: swapped, ...place, kinds: ["reorder"] });
      const copied = new Map([...bytes, [following, own]]);
      deeds.push({
        what: `${name} copied`,
        files: copied,
        file: following,
        line: 1,
        kinds: ["duplicate"],
      });
    }
    for (const done of deeds) {
      const found = await verifyFiles(
        done.files,
        done.what.endsWith("removed") && at === names.length - 1 ? anchors : anchors,
      );
      const fault = missed(done, found);
      if (fault !== null) faults.push(`${fault} ${JSON.stringify(found.fault)}`);
    }
  }
  await tell(context, names.length * 4 - 2, faults);
});

test("a forged record before the first one is found where it stands", async (context) => {
  const chain = await chainOf(await folderFor(context), 20);
  const deed = { name: "preceded by a forged record", at: 0 } as const;
  const done = lineDone(chain, "000001.jsonl", deed);
  assert.equal(missed(done, await verifyFiles(done.files, await headOf(chain))), null);
});

test("a last file that is cut within its first record is found there", async (context) => {
  const chain = await chainOf(await folderFor(context), 40, 6_000);
  const last = [...chain.keys()].at(-1) ?? "";
  const deed = { name: "cut in its middle, with what follows", at: 0 } as const;
  const done = lineDone(chain, last, deed);
  assert.equal(missed(done, await verifyFiles(done.files, await headOf(chain))), null);
});
