import type { Recorded } from "../audit/types.ts";

/** What became of the actions of a group. */
export interface Counted {
  /** The tool, the user, the hour or the result; null where a record names none. */
  readonly name: string | null;
  readonly count: number;
  /** They ran and failed, could not run, ran out of time, or nobody knows. */
  readonly failures: number;
  readonly denied: number;
  /** Milliseconds, to three digits; null where nothing was measured. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

/** Counts actions by what they have in common. */
export interface Tally {
  readonly add: (record: Recorded) => void;
  /** The groups; the largest first, hours in their order. */
  readonly groups: () => Readonly<Record<Kind, readonly Counted[]>>;
}

type Kind = "tool" | "user" | "hour" | "result";

const KINDS: Readonly<Record<Kind, (record: Recorded) => unknown>> = {
  tool: ({ whole }: Recorded) => whole["tool_name"],
  user: ({ whole }: Recorded) => whole["user_id"],
  hour: ({ timestamp }: Recorded) => `${timestamp.slice(0, 13)}:00Z`,
  result: ({ whole }: Recorded) => whole["result"],
};

interface Group {
  count: number;
  failures: number;
  denied: number;
  /** How often each duration was: to three digits, so that there are never more than some thousands. */
  readonly durations: Map<number, number>;
}

const FAILURES: ReadonlySet<unknown> = new Set(["failure", "error", "timeout", "unknown"]);

/** A tally of nothing yet. */
export function createTally(): Tally {
  const groups = { tool: noGroups(), user: noGroups(), hour: noGroups(), result: noGroups() };
  return {
    add: (record) => {
      for (const kind of ["tool", "user", "hour", "result"] as const) {
        const named = KINDS[kind](record);
        const name = typeof named === "string" ? named : null;
        const group = groups[kind].get(name) ?? emptyGroup();
        groups[kind].set(name, group);
        addTo(group, record);
      }
    },
    groups: () => ({
      tool: bySize(groups.tool),
      user: bySize(groups.user),
      hour: counted(groups.hour).toSorted((a, b) => ((a.name ?? "") < (b.name ?? "") ? -1 : 1)),
      result: bySize(groups.result),
    }),
  };
}

function noGroups(): Map<string | null, Group> {
  return new Map();
}

function emptyGroup(): Group {
  return { count: 0, failures: 0, denied: 0, durations: new Map() };
}

function addTo(group: Group, { whole }: Recorded): void {
  const { result, duration_ms: ms } = whole;
  group.count += 1;
  if (FAILURES.has(result)) group.failures += 1;
  if (result === "denied") group.denied += 1;
  if (typeof ms !== "number") return;
  const rounded = Number(ms.toPrecision(3));
  group.durations.set(rounded, (group.durations.get(rounded) ?? 0) + 1);
}

function bySize(groups: ReadonlyMap<string | null, Group>): readonly Counted[] {
  return counted(groups).toSorted((a, b) => b.count - a.count);
}

function counted(groups: ReadonlyMap<string | null, Group>): readonly Counted[] {
  return [...groups].map(([name, { count, failures, denied, durations }]) => {
    const sorted = [...durations].toSorted(([a], [b]) => a - b);
    const at = (share: number): number | null => quantile(sorted, share);
    return { name, count, failures, denied, p50_ms: at(0.5), p95_ms: at(0.95) };
  });
}

/** The smallest duration that at least this share of all does not exceed. */
function quantile(
  sorted: readonly (readonly [ms: number, times: number])[],
  share: number,
): number | null {
  const total = sorted.reduce((sum, [, times]) => sum + times, 0);
  let seen = 0;
  for (const [ms, times] of sorted) {
    seen += times;
    if (seen >= share * total) return ms;
  }
  return null;
}
