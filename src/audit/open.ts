// On the trust boundary: the trail. It never lets an action go on without its record.

import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import { openChain } from "./chain.ts";
import { createDisk, type Disk } from "./disk.ts";
import { eventOf, intentOf, type Moment, outcomeOf } from "./record.ts";
import type { Audit, AuditFailure } from "./types.ts";

/** What the trail is made of. */
export interface AuditParts {
  /** The folder of all chains. */
  readonly dir: string;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Log;
  /** For tests: a file system that fails. */
  readonly disk?: Disk;
}

/** Opens the trail of this process: a chain that nobody holds, else a new one. */
export async function openAudit(parts: AuditParts): Promise<Outcome<Audit, AuditFailure>> {
  const { dir, clock, newId, log, disk = createDisk() } = parts;
  const now = (): string => new Date(clock()).toISOString();
  const chain = await openChain({ dir, disk, newId, now, log });
  if (!chain.ok) return chain;
  const { writer, lock } = chain.value;
  const moment = (): Moment => ({ id: newId(), timestamp: now() });

  return done({
    begin: async (action) => {
      const { id, timestamp } = moment();
      const begun = await writer.append(intentOf({ id, timestamp }, action), "durable");
      if (!begun.ok) return begun;
      return done({
        id,
        end: (end) => writer.append(outcomeOf({ id, timestamp: now() }, action, end), "written"),
      });
    },
    note: (action, end) => writer.append(outcomeOf(moment(), action, end), "written"),
    event: (event) => writer.append(eventOf(moment(), event), "written"),
    close: async () => {
      await writer.close();
      lock.release();
    },
  });
}
