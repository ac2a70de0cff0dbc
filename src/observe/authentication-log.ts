import type { Log } from "../lib/log.ts";
import { createOutside } from "../lib/outside.ts";

/** Somebody who presented a credential, or none. Never the credential itself. */
export interface Attempt {
  /** Null where nothing was proven. */
  readonly user: string | null;
  /** The kind of a verified credential; else what was found of it. */
  readonly how: string;
  /** Public. */
  readonly credential_id: string | null;
  readonly session: string | null;
  readonly transport: string;
  readonly client_ip: string | null;
  /** Why not; none for one who may be here. */
  readonly codes: readonly string[];
}

/** Failures that are told one by one in a minute; the others are summed up when it is over. */
const TOLD_A_MINUTE = 60;

/** Sources that are told apart in a sum. */
const MAX_SOURCES = 10_000;

/** Says who was let in, how, and why not: successes to whoever wants every line, failures always. */
export function createAuthenticationLog(log: Log): (attempt: Attempt) => void {
  const outside = createOutside();
  let told = 0;
  let more = 0;
  const sources = new Set<string>();
  let minute: NodeJS.Timeout | null = null;

  return (attempt) => {
    if (attempt.codes.length === 0) {
      log.debug("authenticated", { ...attempt });
      return;
    }
    minute ??= outside(() => setTimeout(sumUp, 60_000).unref());
    if (told < TOLD_A_MINUTE) {
      told += 1;
      log.warn("authentication failed", { ...attempt });
      return;
    }
    more += 1;
    if (sources.size < MAX_SOURCES) sources.add(attempt.client_ip ?? attempt.transport);
  };

  function sumUp(): void {
    if (more > 0)
      log.warn("authentication failed more often", { times: more, sources: sources.size });
    told = 0;
    more = 0;
    sources.clear();
    minute = null;
  }
}
