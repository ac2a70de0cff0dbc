// On the trust boundary: records as a person sees them. What a caller sent can steer no terminal: a record
// was escaped when it was written, and is again, because somebody else may have written the file.

import type { Entry, Recorded } from "../audit/types.ts";
import type { Json } from "../lib/json.ts";
import { codesOf, decisionIn } from "./audit-choice.ts";
import { rowOf } from "./columns.ts";
import { given } from "./typed.ts";
import type { Host, Typed } from "./types.ts";

/** A record and its line. */
export type RecordEntry = Extract<Entry, { readonly is: "record" }>;

/** Prints records, a line each, as they come. Both give false where nobody reads on. */
export interface Printer {
  readonly print: (entry: RecordEntry) => Promise<boolean>;
  /** Lets everything leave. */
  readonly flush: () => Promise<boolean>;
}

const COLUMNS = [
  ["time", 24],
  ["result", 9],
  ["user", 12],
  ["action", 14],
  ["tool", 16],
  ["ms", 6],
  ["credential", 16],
  ["decision", 36],
  ["why", 0],
] as const;

const WIDTHS = COLUMNS.map(([, width]) => width);

/** What leaves at once. */
const PART_CHARACTERS = 65_536;

/** A printer of exact lines with `--json`, else of rows under one head. */
export function createPrinter(typed: Typed, host: Host): Printer {
  const json = given(typed, "json");
  let waiting = "";
  let begun = json;

  async function flush(): Promise<boolean> {
    const text = waiting;
    waiting = "";
    return text === "" || host.pour(text);
  }

  return {
    print: async ({ text, record }) => {
      if (!begun)
        waiting += rowOf(
          COLUMNS.map(([head]) => head),
          WIDTHS,
        );
      begun = true;
      waiting += json ? `${text}\n` : rowOf(cellsOf(record), WIDTHS);
      return waiting.length < PART_CHARACTERS || flush();
    },
    flush,
  };
}

function cellsOf(record: Recorded): readonly string[] {
  const { whole, timestamp, action } = record;
  const { result, user_id: user, tool_name: tool, duration_ms: ms, credential_id: id } = whole;
  const why = codesOf(record).map(cellOf).join(", ") || "-";
  const cells = [result, user, action, tool, ms, id, decisionIn(whole)["id"]].map(cellOf);
  return [timestamp, ...cells, why];
}

function cellOf(value: Json | undefined): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
