// On the trust boundary: finds the chain that this process writes. It never writes to a chain that another
// process holds or that is damaged, and never drops what a crash left.

import { join } from "node:path";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Disk } from "./disk.ts";
import { unavailable } from "./failure.ts";
import { type Lock, takeLock } from "./lock.ts";
import { unknownOutcomeOf } from "./record.ts";
import { type Scan, scan } from "./scan.ts";
import type { AuditFailure } from "./types.ts";
import { createWriter, type Writer } from "./writer.ts";

/** A chain that this process holds. */
export interface Chain {
  readonly name: string;
  readonly writer: Writer;
  readonly lock: Lock;
}

/** What opening a chain takes. */
export interface ChainParts {
  readonly dir: string;
  readonly disk: Disk;
  readonly newId: () => string;
  readonly now: () => string;
  readonly log: Log;
}

/** The chain of the command line's commands: no server takes it over. */
const COMMAND_LINE = "cli";

/** Rotation will add files; until then a chain has this one. */
const FILE = "000001.jsonl";

/** Takes over a chain that nobody holds, else begins one. */
export async function openChain(parts: ChainParts): Promise<Outcome<Chain, AuditFailure>> {
  const { dir, disk, newId } = parts;
  try {
    await disk.makeFolder(dir);
    const names = (await disk.names(dir)).filter((name) => name !== COMMAND_LINE).toSorted();
    for (const name of names) {
      const taken = await takeOver(name, parts);
      if (!taken.ok) return taken;
      if (taken.value !== null) return done(taken.value);
    }
    const name = newId();
    await disk.makeFolder(join(dir, name));
    const begun = await takeOver(name, parts);
    if (!begun.ok) return begun;
    if (begun.value !== null) return done(begun.value);
    return failed(unavailable("lock", join(dir, name), new Error("another process has it")));
  } catch (thrown) {
    return failed(unavailable("open", dir, thrown));
  }
}

/** Null where the chain is held, or is not to be written any more. */
async function takeOver(
  name: string,
  parts: ChainParts,
): Promise<Outcome<Chain | null, AuditFailure>> {
  const folder = join(parts.dir, name);
  const lock = takeLock(join(folder, "lock"));
  if (!lock.ok) {
    if (lock.failure.reason === "held") return done(null);
    return failed(unavailable("lock", folder, new Error(lock.failure.detail)));
  }
  const path = join(folder, FILE);
  const scanned = await scan(parts.disk.read(path));
  if (!scanned.ok) {
    const { line, detail } = scanned.failure;
    parts.log.error(
      `${path}:${line}: damaged (${detail}); it is left as it is, and not written any more`,
    );
    lock.value.release();
    return done(null);
  }
  await keepTorn(path, scanned.value, parts);
  const file = await parts.disk.append(path);
  await parts.disk.syncFolder(folder);
  await parts.disk.syncFolder(parts.dir);
  const writer = createWriter({ file, path, chain: name, head: scanned.value.head });
  for (const intent of scanned.value.open) {
    const closed = await writer.append(unknownOutcomeOf(parts.now(), intent), "durable");
    if (!closed.ok) return closed;
  }
  return done({ name, writer, lock: lock.value });
}

/** What a crash cut off stays beside the file, under a name that says where it stood. */
async function keepTorn(
  path: string,
  { torn, length }: Scan,
  { disk, log }: ChainParts,
): Promise<void> {
  if (torn.length === 0) return;
  const beside = `${path}.torn-${length}`;
  const file = await disk.append(beside);
  await file.write(torn);
  await file.sync();
  await file.close();
  await disk.truncate(path, length);
  log.warn("a record was cut off by a crash; it is kept beside the file", { beside });
}
