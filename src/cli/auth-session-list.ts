import { withCredentials } from "./auth-open.ts";
import { isoOf } from "../lib/clock.ts";
import { tellJson } from "./auth-shown.ts";
import type { KnownSession } from "../credential/types.ts";
import { columns } from "./columns.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya auth session list` */
export const authSessionList: Command = {
  name: "auth session list",
  summary: "Show the sessions that are open.",
  options: [],
  run: (typed, host) =>
    withCredentials(typed, host, (_credentials, carryOut) =>
      carryOut({ do: "read", kind: "session" }, (left) => {
        const sessions = left.sessions.map(shown);
        if (given(typed, "json")) tellJson(sessions, host);
        else if (sessions.length === 0) host.remark("there are no sessions\n");
        else host.answer(columns([HEADS, ...sessions.map((one) => Object.values(one))]));
        return EXIT.yes;
      }),
    ),
};

const HEADS = ["id", "credential", "user", "started", "used", "expires", "status"];

/** It ends by itself when it is not used, and however much it is used; one that somebody else wrote is nobody's. */
function shown({
  id,
  credential,
  user,
  sealed,
  ...times
}: KnownSession): Readonly<Record<string, string>> {
  const { started_ms, used_ms, idle_ms, absolute_ms } = times;
  return {
    ...{ id, credential, user },
    started_at: isoOf(started_ms),
    used_at: isoOf(used_ms),
    expires_at: isoOf(Math.min(used_ms + idle_ms, started_ms + absolute_ms)),
    status: sealed ? "open" : "changed outside",
  };
}
