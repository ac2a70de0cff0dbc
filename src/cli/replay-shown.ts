import type { Recorded } from "../audit/types.ts";
import type { Json } from "../lib/json.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { decisionIn } from "./audit-choice.ts";
import { columns } from "./columns.ts";
import { answerNow, answerThen, isSame, type Answer, type Replayed } from "./replay.ts";
import { textOf } from "./recorded-caller.ts";
import { given } from "./typed.ts";
import type { Host, Typed } from "./types.ts";

/** A decision that would be another one now. */
interface Differing {
  readonly decision: Json;
  readonly time: string;
  readonly user: Json;
  readonly action: string;
  readonly tool: Json;
  readonly recorded: Answer;
  readonly now: Answer;
  readonly definition: "same" | "changed";
}

/** What a replay came to. */
export interface Counted {
  readonly replayed: number;
  readonly differ: readonly Differing[];
  readonly not_replayable: readonly { readonly decision: Json; readonly why: string }[];
}

/** Counts replayed records; `told` gives what it has come to. */
export function createReplayCount(): {
  readonly count: (record: Recorded, replayed: Replayed) => void;
  readonly told: () => Counted;
} {
  let total = 0;
  const differ: Differing[] = [];
  const not: Counted["not_replayable"][number][] = [];
  return {
    count: (record, replayed) => {
      const decision = decisionIn(record.whole)["id"] ?? null;
      if (replayed.is === "not_replayable") {
        not.push({ decision, why: replayed.why });
        return;
      }
      total += 1;
      const [recorded, now] = [answerThen(record), answerNow(replayed.decision)];
      if (isSame(recorded, now)) return;
      const { timestamp: time, action, whole } = record;
      const [user, tool] = [whole["user_id"] ?? null, whole["tool_name"] ?? null];
      const { definition } = replayed;
      differ.push({ decision, time, user, action, tool, recorded, now, definition });
    },
    told: () => ({ replayed: total, differ, not_replayable: not }),
  };
}

/** Tells what differs, and what nobody can say. */
export function tellReplay(counted: Counted, typed: Typed, host: Host): void {
  if (given(typed, "json")) {
    host.answer(`${JSON.stringify(counted, null, 2)}\n`);
    return;
  }
  const { replayed, differ, not_replayable: not } = counted;
  const rows = differ.map(({ time, user, action, tool, decision, recorded, now, definition }) => [
    ...[time, user, tool ?? action, decision].map((cell) => textOf(cell ?? undefined) ?? "-"),
    `${said(recorded)} -> ${said(now)}${definition === "same" ? "" : " (the tool is defined otherwise now)"}`,
  ]);
  const head = ["time", "user", "tool", "decision", "recorded -> now"];
  const whys = Map.groupBy(not, ({ why }) => why);
  host.answer(
    [
      rows.length === 0 ? "" : columns([head, ...rows]),
      `replayed ${replayed}: ${replayed - differ.length} the same, ${differ.length} would differ\n`,
      not.length === 0 ? "" : `not replayable ${not.length}:\n`,
      ...[...whys].map(([why, some]) => `  ${some.length}  ${escapeUnprintable(why)}\n`),
    ].join(""),
  );
}

function said({ allow, codes }: Answer): string {
  if (allow) return "allowed";
  return `denied (${codes.join(", ")})`;
}
