import type { Recorded } from "../audit/types.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { decisionIn } from "./audit-choice.ts";
import { TRAIL_OPTION, withTrail } from "./audit-read.ts";
import { tellExplained } from "./explained.ts";
import { createReplay, type Replayed } from "./replay.ts";
import { CONFIG_OPTIONS, flagsOf, text } from "./typed.ts";
import { type Command, EXIT, type Host, type Typed } from "./types.ts";

/** `kubiya policy explain` */
export const policyExplain: Command = {
  name: "policy explain",
  summary:
    "Say what was decided in a recorded decision, why, and what to do next. A record has the codes; their sentences are those of the present policies, where they would still say the same.",
  argument: {
    flags: "<id>",
    summary: "the decision's id, as a denied caller is told it and as audit query lists it",
  },
  options: [TRAIL_OPTION, ...CONFIG_OPTIONS],
  run: async (typed, host) => {
    const [id = ""] = typed.args;
    const found: { record: Recorded | null } = { record: null };
    const read = await withTrail(
      { typed, host, path: text(typed, "trail") },
      async ({ trail, leaveOut }) => {
        for await (const entry of trail.read()) {
          if (entry.is !== "record") leaveOut(entry);
          // Of what was decided on the last is the outcome; an event tells what came of it later.
          else if (entry.record.phase !== "event" && isOf(entry.record, id)) {
            found.record = entry.record;
          }
        }
      },
    );
    const { record } = found;
    if (record === null) {
      if (read !== EXIT.yes) return read;
      host.remark(
        `no decision of this trail has the id ${escapeUnprintable(id)}; kubiya audit query lists them\n`,
      );
      return EXIT.no;
    }
    tellExplained({ record, now: await replayed(record, typed, host) }, typed, host);
    return EXIT.yes;
  },
};

function isOf({ whole }: Recorded, id: string): boolean {
  return decisionIn(whole)["id"] === id;
}

/** Who has the trail alone, and neither store nor policies, is still told what it says. */
async function replayed(record: Recorded, typed: Typed, host: Host): Promise<Replayed> {
  const cannot = (why: string): Replayed => ({ is: "not_replayable", why });
  const opened = await host.openCredentials(host.loadConfig(flagsOf(typed)));
  if (!opened.ok) return cannot(opened.failure.lines.join("; "));
  try {
    const read = await opened.value.manage({ do: "read", kind: "key" });
    if (!read.ok) return cannot("the credentials of the store cannot be read");
    return await createReplay(opened.value, read.value, host)(record);
  } finally {
    await opened.value.close();
  }
}
