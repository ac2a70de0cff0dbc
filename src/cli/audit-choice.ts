import type { AuditResult, Recorded } from "../audit/types.ts";
import { isoOf } from "../lib/clock.ts";
import { durationMs } from "../lib/duration.ts";
import { isJsonList, isJsonObject, type Json } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { given, text, texts } from "./typed.ts";
import type { Option, Typed } from "./types.ts";

/** A field that records are chosen by, as the option of the same name. */
interface Field extends Option {
  readonly name: string;
  readonly repeats: true;
  readonly valuesOf: (record: Recorded) => readonly (Json | undefined)[];
}

/** By what records are chosen. */
export const FIELDS: readonly Field[] = [
  field("user", "who did it", ({ whole }) => [whole["user_id"]]),
  field("credential", "the public id of the credential", ({ whole }) => [whole["credential_id"]]),
  field("tool", "the tool", ({ whole }) => [whole["tool_name"]]),
  field("action", "execute_tool, list_tools, or another action or event", (record) => [
    record.action,
  ]),
  {
    ...field("result", "how it ended, or pending", ({ whole }) => [whole["result"]]),
    parse: result,
  },
  field("code", "a reason of the decision, or the error code", codesOf),
  field("decision", "the decision's id", ({ whole }) => [decisionIn(whole)["id"]]),
];

/** By what records are chosen, and which are shown besides. */
export const CHOICE: readonly Option[] = [
  ...FIELDS,
  {
    flags: "--all",
    summary: "also intents that have an outcome, and the trail's own checkpoints and rotations",
  },
];

/** From when on, and until when. */
export const SINCE: Option = {
  flags: "--since <time>",
  summary: "from this time on: 2026-11-23T12:00:00Z, 2026-11-23, or 2h ago",
  parse: time,
};
export const UNTIL: Option = {
  flags: "--until <time>",
  summary: "before this time",
  parse: time,
};

/** Which records are asked for. */
export interface Choice {
  readonly matches: (record: Recorded) => boolean;
  /** Whether it is shown, by the actions that are under way: an intent only while it has no outcome. */
  readonly shows: (record: Recorded, open: ReadonlySet<string>) => boolean;
}

/** What was typed about it. */
export function choiceOf(typed: Typed, nowMs: number): Choice {
  const asked = FIELDS.flatMap(({ name, valuesOf }) => {
    const wanted = texts(typed, name);
    return wanted === undefined ? [] : [{ wanted, valuesOf }];
  });
  const isIn = periodOf(typed, nowMs);
  const all = given(typed, "all");
  const actions = texts(typed, "action") ?? [];
  return {
    matches: (record) =>
      isIn(record) &&
      asked.every(({ wanted, valuesOf }) =>
        valuesOf(record).some((value) => typeof value === "string" && wanted.includes(value)),
      ),
    shows: ({ phase, action, id }, open) => {
      if (all) return true;
      if (phase === "intent") return open.has(id);
      return phase !== "event" || !OWN.has(action) || actions.includes(action);
    },
  };
}

/** Whether a record was made in the time that was typed. */
export function periodOf(typed: Typed, nowMs: number): (record: Recorded) => boolean {
  const [since = "", until = null] = ["since", "until"].map((name) => {
    const written = text(typed, name);
    return written === undefined ? undefined : (momentOf(written, nowMs) ?? undefined);
  });
  // Both are written alike, to the millisecond.
  return ({ timestamp }) => timestamp >= since && (until === null || timestamp < until);
}

/** What the trail says of itself, each minute. */
const OWN: ReadonlySet<string> = new Set(["checkpoint", "rotation"]);

/** The codes of a record: of the reasons of its decision, and of what went wrong. */
export function codesOf({ whole }: Recorded): readonly Json[] {
  const error = whole["error_code"];
  const reasons = decidedCodes(whole);
  return typeof error === "string" ? [...reasons, error] : reasons;
}

/** The codes of the reasons of a record's decision. */
export function decidedCodes(whole: Recorded["whole"]): readonly string[] {
  const { codes } = decisionIn(whole);
  return isJsonList(codes) ? codes.filter((code) => typeof code === "string") : [];
}

/** The decision of a record; empty where none was asked. */
export function decisionIn(whole: Recorded["whole"]): Recorded["whole"] {
  const { decision } = whole;
  return isJsonObject(decision) ? decision : {};
}

function field(name: string, what: string, valuesOf: Field["valuesOf"]): Field {
  const summary = `${what}; may be given several times`;
  return { name, flags: `--${name} <${name}>`, summary, repeats: true, valuesOf };
}

/** A misspelt one would find nothing, and look like an answer. */
function result(written: string): Outcome<string, string> {
  return Object.hasOwn(RESULTS, written)
    ? done(written)
    : failed(`It must be one of ${Object.keys(RESULTS).join(", ")}.`);
}

const RESULTS: Readonly<Record<AuditResult, true>> = {
  ...{ success: true, failure: true, denied: true, error: true },
  ...{ timeout: true, cancelled: true, unknown: true, pending: true },
};

function time(written: string): Outcome<string, string> {
  return momentOf(written, 0) === null
    ? failed("Write a time as 2026-11-23T12:00:00Z or 2026-11-23, or how long ago as 15m, 2h, 7d.")
    : done(written);
}

const ISO = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** The time that was written, as records have it; null where it is none. */
function momentOf(written: string, nowMs: number): string | null {
  const ago = durationMs(written);
  if (ago !== null) return isoOf(nowMs - ago);
  return ISO.test(written) && isDay(written.slice(0, 10)) ? isoOrNull(Date.parse(written)) : null;
}

/** There is no 31st of February, whatever `Date` makes of it. */
function isDay(day: string): boolean {
  return isoOrNull(Date.parse(day))?.startsWith(day) === true;
}

function isoOrNull(ms: number): string | null {
  return Number.isNaN(ms) ? null : isoOf(ms);
}
