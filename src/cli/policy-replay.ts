import { choiceOf, FIELDS, SINCE, UNTIL } from "./audit-choice.ts";
import { TRAIL, withTrail } from "./audit-read.ts";
import { withCredentials } from "./auth-open.ts";
import { isReplayed } from "./recorded-input.ts";
import { createReplay, type Replay } from "./replay.ts";
import { createReplayCount, tellReplay } from "./replay-shown.ts";
import { CONFIG_OPTIONS } from "./typed.ts";
import { type Command, EXIT, type ExitCode, type Host, type Typed } from "./types.ts";

/** `kubiya policy replay` */
export const policyReplay: Command = {
  name: "policy replay",
  summary:
    "Decide recorded calls, lists and readings again, with the policies, the configuration and the credentials of now, and print which would differ. Runs nothing. What was redacted or cut, or is not recorded, is told as not replayable.",
  argument: TRAIL,
  options: [SINCE, UNTIL, ...FIELDS, ...CONFIG_OPTIONS],
  run: (typed, host) =>
    withCredentials(typed, host, (opened, carryOut) =>
      carryOut({ do: "read", kind: "key" }, (left) =>
        replayTrail(createReplay(opened, left, host), typed, host),
      ),
    ),
};

/** One record of each decision: an intent that has an outcome is left out. */
async function replayTrail(replay: Replay, typed: Typed, host: Host): Promise<ExitCode> {
  const choice = choiceOf(typed, host.clock());
  const { count, told } = createReplayCount();
  const read = await withTrail(
    { typed, host, path: typed.args[0] },
    async ({ trail, leaveOut }) => {
      const open = await trail.open();
      for await (const entry of trail.read()) {
        if (entry.is !== "record") leaveOut(entry);
        else if (isReplayed(entry.record) && choice.matches(entry.record)) {
          const isShown = choice.shows(entry.record, open);
          if (isShown) count(entry.record, await replay(entry.record));
        }
      }
    },
  );
  const counted = told();
  tellReplay(counted, typed, host);
  if (read !== EXIT.yes) return read;
  return counted.differ.length > 0 ? EXIT.no : EXIT.yes;
}
