import { setTimeout as wait } from "node:timers/promises";
import { CHOICE, type Choice, choiceOf } from "./audit-choice.ts";
import { type Reading, TRAIL, withTrail } from "./audit-read.ts";
import { createPrinter, type Printer, type RecordEntry } from "./audit-shown.ts";
import { count, given, number } from "./typed.ts";
import type { Command } from "./types.ts";

/** How soon a new record is seen. */
const LOOK_MS = 300;

/** `kubiya audit tail` */
export const auditTail: Command = {
  name: "audit tail",
  summary:
    "Show the last records of all chains, as `audit query` does, and with --follow those that come.",
  argument: TRAIL,
  options: [
    { flags: "--lines <count>", summary: "how many, instead of 20", parse: count },
    { flags: "--follow", summary: "go on with what is written, until it is ended" },
    ...CHOICE,
  ],
  run: (typed, host) =>
    withTrail({ typed, host, path: typed.args[0] }, async (reading) => {
      const choice = choiceOf(typed, host.clock());
      const printer = createPrinter(typed, host);
      await printLast(reading, { choice, printer, lines: number(typed, "lines") ?? 20 });
      let isRead = await printer.flush();
      if (!given(typed, "follow")) return;
      let isEnded = false;
      const end = new Promise<void>((ended) => {
        host.onEnd(() => {
          isEnded = true;
          ended();
        });
      });
      while (isRead) {
        await Promise.race([wait(LOOK_MS), end]);
        if (isEnded) return;
        isRead = (await printNew(reading, { choice, printer })) && (await printer.flush());
      }
    }),
};

interface Shown {
  readonly choice: Choice;
  readonly printer: Printer;
}

async function printLast(
  { trail, leaveOut }: Reading,
  { choice, printer, lines }: Shown & { readonly lines: number },
): Promise<void> {
  const open = await trail.open();
  const isShown: Choice["matches"] = (record) =>
    choice.matches(record) && choice.shows(record, open);
  await trail.skipTo(lines, isShown);
  const last: RecordEntry[] = [];
  for await (const entry of trail.read()) {
    if (entry.is !== "record") leaveOut(entry);
    else if (isShown(entry.record)) last.push(entry);
    if (last.length > lines) last.shift();
  }
  for (const entry of last) await printer.print(entry);
}

/** False where there is nobody to read it, or nothing to be read any more. */
async function printNew(
  { trail, leaveOut }: Reading,
  { choice, printer }: Shown,
): Promise<boolean> {
  const open = new Map<string, RecordEntry>();
  for await (const entry of trail.read()) {
    if (entry.is !== "record") {
      // What is not whole yet will be.
      if (entry.is === "damage") leaveOut(entry);
      if (entry.line === null) return false;
      continue;
    }
    const { record } = entry;
    if (record.phase === "outcome") open.delete(record.id);
    if (!choice.matches(record)) continue;
    if (choice.shows(record, NONE)) {
      if (!(await printer.print(entry))) return false;
    } else if (record.phase === "intent") open.set(record.id, entry);
  }
  // A call that takes longer than a look is seen while it runs.
  for (const entry of open.values()) await printer.print(entry);
  return true;
}

const NONE: ReadonlySet<string> = new Set();
