import { stat } from "node:fs/promises";
import { done, failed } from "../lib/outcome.ts";
import { type Chain, chainsAt } from "./chains.ts";
import { createDisk } from "./disk.ts";
import { entriesOf } from "./entries.ts";
import { codeOf, textOf } from "../lib/thrown.ts";
import type { LineStart } from "./lines.ts";
import { merge } from "./merge.ts";
import { neededOf } from "./scan.ts";
import type { Entry, OpenTrail, TrailReader } from "./types.ts";

const disk = createDisk();

/** Opens the chains of a place to read them; it must hold one. */
export const openTrail: OpenTrail = async (path) => {
  try {
    const place = await stat(path);
    // Which actions are open is known before the first is shown: it is read more than once.
    if (!place.isFile() && !place.isDirectory()) {
      return failed({ reason: "unreadable", detail: `${path} is neither a file nor a folder` });
    }
    const chains = await chainsAt(disk, path);
    if (chains.length > 0) return done(createReader(path));
    return failed({ reason: "unreadable", detail: `there is no audit chain in ${path}` });
  } catch (error) {
    return failed({ reason: "unreadable", detail: whyUnreadable(error) });
  }
};

function createReader(path: string): TrailReader {
  /** How far each chain is read. */
  const reached = new Map<string, LineStart>();

  async function* read(): AsyncGenerator<Entry> {
    try {
      const chains = await chainsAt(disk, path);
      yield* merge(chains.map(readOn), timeOf);
    } catch (error) {
      yield { is: "damage", file: path, line: null, detail: whyUnreadable(error) };
    }
  }

  async function* readOn({ path: chain, folder, files }: Chain): AsyncGenerator<Entry> {
    const from = reached.get(chain) ?? null;
    const rest = files.filter(({ number }) => from === null || number >= from.file.number);
    for await (const { entry, next } of entriesOf(disk, { folder, files: rest }, from)) {
      yield entry;
      if (next !== null) reached.set(chain, next);
    }
  }

  return {
    read,
    open: async () => {
      const chains = await orElse([], chainsAt(disk, path));
      const open = await Promise.all(chains.map(openIn));
      return new Set(open.flatMap((ids) => [...ids]));
    },
    skipTo: async (count, wanted) => {
      for (const { path: chain, folder, files } of await orElse([], chainsAt(disk, path))) {
        let found = 0;
        for (const file of files.toReversed()) {
          reached.set(chain, { file, line: 1, offset: 0 });
          for await (const { entry } of entriesOf(disk, { folder, files: [file] }, null)) {
            if (entry.is === "record" && wanted(entry.record)) found += 1;
            if (found >= count) break;
          }
          if (found >= count) break;
        }
      }
    },
  };
}

/** The intents of a chain that have no outcome, from the file on in which the oldest of them stands. */
async function openIn({ folder, files }: Chain): Promise<ReadonlySet<string>> {
  const open = new Set<string>();
  const needed = await orElse(files, neededOf(disk, folder, files));
  for await (const { entry } of entriesOf(disk, { folder, files: needed }, null)) {
    if (entry.is !== "record") continue;
    if (entry.record.phase === "intent") open.add(entry.record.id);
    if (entry.record.phase === "outcome") open.delete(entry.record.id);
  }
  return open;
}

/** What the system refuses here, it refuses the reading too, and that says so. */
async function orElse<T>(instead: T, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (codeOf(error) === "") throw error;
    return instead;
  }
}

/** What is no record has no time, and is told at once. */
function timeOf(entry: Entry): string {
  return entry.is === "record" ? entry.record.timestamp : "";
}

function whyUnreadable(error: unknown): string {
  if (codeOf(error) === "") throw error;
  return `cannot read the audit trail: ${textOf(error)}`;
}
