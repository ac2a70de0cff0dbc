import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { writeAll, type AppendFile, type Disk } from "./disk.ts";
import { unavailable } from "./failure.ts";
import { filesIn } from "./files.ts";
import { takeLock, type Lock } from "./lock.ts";
import { scan, type Damage, type Scan } from "./scan.ts";
import type { AuditFailure } from "./types.ts";

/** Where chains live, and what it takes to hold one. */
interface ChainParts {
  readonly dir: string;
  readonly disk: Disk;
  readonly newId: () => string;
  readonly log: Log;
  /** Hears of a chain that nothing can be linked on to. */
  readonly onLeft: (chain: string) => void;
}

/** A chain that this process alone may write. */
export interface Chain {
  readonly name: string;
  readonly folder: string;
  /** Its last file, opened. */
  readonly opened: AppendFile;
  readonly found: Scan;
  readonly lock: Lock;
}

type Taken = Outcome<Chain, AuditFailure | { readonly reason: "held" }>;

const LOCK = "lock";
const SERVER_CHAIN = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RETRY_MS = 25;
/** Each new name can be taken by a server that looks for a free chain in the same instant. */
const NEW_NAMES = 8;

/** A chain that nobody holds, the oldest first; a new one where there is none. */
export async function takeFreeChain(parts: ChainParts): Promise<Outcome<Chain, AuditFailure>> {
  const { dir, disk, newId, log, onLeft } = parts;
  await disk.makeFolder(dir);
  const names = (await disk.names(dir)).filter((name) => SERVER_CHAIN.test(name));
  for (const name of names.toSorted()) {
    const taken = await take(parts, name);
    if (taken.ok) return taken;
    if (taken.failure.reason === "held") continue;
    log.warn("an audit chain is left as it is", { chain: name, detail: taken.failure.detail });
    onLeft(name);
  }
  for (let tried = 0; tried < NEW_NAMES; tried += 1) {
    const taken = await take(parts, newId());
    if (taken.ok) return taken;
    if (taken.failure.reason !== "held") return failed(taken.failure);
  }
  return failed(unavailable("begin a chain in", dir, new Error("others take each new one")));
}

/** The chain of this name, as soon as nobody else holds it. */
export async function takeNamedChain(
  parts: ChainParts,
  name: string,
  waitMs: number,
): Promise<Outcome<Chain, AuditFailure>> {
  await parts.disk.makeFolder(parts.dir);
  for (let waited = 0; waited <= waitMs; waited += RETRY_MS) {
    const taken = await take(parts, name);
    if (taken.ok) return taken;
    if (taken.failure.reason !== "held") return failed(taken.failure);
    await delay(RETRY_MS);
  }
  const detail = `another command has held the audit chain ${name} in ${parts.dir} for ${waitMs} ms; wait until it has ended`;
  return failed({ reason: "audit_unavailable", detail });
}

async function take(parts: ChainParts, name: string): Promise<Taken> {
  const folder = join(parts.dir, name);
  await parts.disk.makeFolder(folder);
  const lock = takeLock(join(folder, LOCK));
  if (!lock.ok) {
    if (lock.failure.reason === "held") return failed({ reason: "held" });
    return failed(unavailable("lock", join(folder, LOCK), new Error(lock.failure.detail)));
  }
  try {
    const found = await scan(parts.disk, folder, await filesIn(parts.disk, folder));
    if (found.ok) {
      const opened = await prepare(parts, folder, found.value);
      return done({ name, folder, opened, found: found.value, lock: lock.value });
    }
    lock.value.release();
    return failed(damaged(folder, found.failure));
  } catch (error) {
    lock.value.release();
    return failed(unavailable("open", folder, error));
  }
}

/** Keeps a torn end beside the file, cuts it off, and makes the names durable before anything is written. */
async function prepare(
  { dir, disk, newId, log }: ChainParts,
  folder: string,
  { torn, last }: Scan,
): Promise<AppendFile> {
  const path = join(folder, last.file.name);
  if (torn.length > 0) {
    const beside = `${path}.torn-${newId()}`;
    await keep(disk, beside, torn);
    await disk.syncFolder(folder);
    log.warn("the last audit record was cut off by a crash; its rest is kept", { path: beside });
  }
  const file = await disk.append(path);
  try {
    if (torn.length > 0) {
      await file.cut(last.bytes);
      await file.sync();
    }
    await disk.syncFolder(folder);
    await disk.syncFolder(dir);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function keep(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.append(path);
  try {
    await writeAll(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function damaged(folder: string, { file, line, detail }: Damage): AuditFailure {
  return {
    reason: "audit_unavailable",
    detail: `${join(folder, file)}:${line} is no audit record (${detail}); nothing is written after it; move its folder away to begin anew, and find out who changed it`,
  };
}
