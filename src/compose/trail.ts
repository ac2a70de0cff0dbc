import { openCheckpointKey } from "../audit/key.ts";
import { openAudit } from "../audit/open.ts";
import type { Trail } from "../audit/types.ts";
import { EXIT, type Refused } from "../cli/types.ts";
import type { Config } from "../config/types.ts";
import type { Log } from "../lib/log.ts";
import { failed, type Outcome } from "../lib/outcome.ts";

interface TrailParts {
  readonly newId: () => string;
  readonly log: Log;
  /** The chain that all commands write, one after the other. Absent: one of a server's own. */
  readonly chain?: "cli";
  /** Hears of a chain that is damaged and left as it is. */
  readonly onLeft: (chain: string) => void;
}

/** Opens the audit trail of a configuration. */
export async function openTrail(
  { audit, state_dir: stateDir }: Config,
  parts: TrailParts,
): Promise<Outcome<Trail, Refused>> {
  const key = await openCheckpointKey({ stateDir, path: audit.checkpoint_key });
  if (!key.ok) {
    const exit = audit.checkpoint_key === null ? EXIT.outside : EXIT.configuration;
    return failed({ exit, lines: [key.failure.detail] });
  }
  const opened = await openAudit({
    ...parts,
    dir: audit.dir,
    fileBytes: audit.max_file_bytes,
    retentionDays: audit.retention_days,
    key: key.value,
    clock: Date.now,
  });
  return opened.ok ? opened : failed({ exit: EXIT.outside, lines: [opened.failure.detail] });
}
