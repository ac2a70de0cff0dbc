import { CHOICE, choiceOf, SINCE, UNTIL } from "./audit-choice.ts";
import { TRAIL, withTrail } from "./audit-read.ts";
import { createPrinter } from "./audit-shown.ts";
import { count, number } from "./typed.ts";
import type { Command } from "./types.ts";

/** `kubiya audit query` */
export const auditQuery: Command = {
  name: "audit query",
  summary:
    "Find records of all chains, the oldest first: outcomes and events, and intents that have no outcome.",
  argument: TRAIL,
  options: [
    SINCE,
    UNTIL,
    ...CHOICE,
    { flags: "--limit <count>", summary: "no more than the first of them", parse: count },
  ],
  run: (typed, host) =>
    withTrail({ typed, host, path: typed.args[0] }, async ({ trail, leaveOut }) => {
      const choice = choiceOf(typed, host.clock());
      const printer = createPrinter(typed, host);
      const limit = number(typed, "limit") ?? Infinity;
      const open = await trail.open();
      let found = 0;
      for await (const entry of trail.read()) {
        if (entry.is !== "record") leaveOut(entry);
        else if (choice.matches(entry.record) && choice.shows(entry.record, open)) {
          found += 1;
          const isRead = await printer.print(entry);
          if (!isRead || found === limit) break;
        }
      }
      await printer.flush();
      if (found === 0) host.remark("no record matches\n");
    }),
};
