import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { linesOf } from "./lines.ts";
import { findingOf, kinOf, type Read } from "./suspect.ts";
import type { ChainFault, ChainVerdict } from "./types.ts";
import { createWalk, type Walk, type WalkParts } from "./walk.ts";

/** A chain to verify, or a part of one. */
export interface ChainSource extends WalkParts {
  readonly disk: Pick<Disk, "read">;
}

/** Verifies a chain in constant memory, up to its first fault; only to name that one it is read again. */
export async function verifyChain(source: ChainSource): Promise<Omit<ChainVerdict, "path">> {
  const { disk } = source;
  const walk = createWalk(source);
  for await (const line of linesOf(disk, source)) {
    const step = walk.take(line);
    if (step.is === "sound") continue;
    const fault = step.is === "fault" ? step.fault : await accuse(source, walk, step.read);
    return walk.verdict(fault);
  }
  return walk.verdict(null);
}

async function accuse(source: ChainSource, walk: Walk, read: Read): Promise<ChainFault> {
  const reached = walk.reached();
  const kin = await kinOf(linesOf(source.disk, source), reached, read);
  const { kind, at, detail } = findingOf(reached, read, kin);
  const { file, line, offset } = at === "here" ? read.line : (reached.line ?? read.line);
  return { kind, file: join(source.folder, file.name), line, offset, detail };
}
