import { ID } from "./auth-options.ts";
import { withCredentials } from "./auth-open.ts";
import { tellJson } from "./auth-shown.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya auth session end` */
export const authSessionEnd: Command = {
  name: "auth session end",
  summary: "End a session now.",
  argument: ID,
  options: [],
  run: async (typed, host) => {
    const [id = ""] = typed.args;
    return withCredentials(typed, host, (_credentials, carryOut) =>
      carryOut({ do: "end_session", id }, () => {
        host.remark(`the session ${id} has ended\n`);
        if (given(typed, "json")) tellJson({ id }, host);
        return EXIT.yes;
      }),
    );
  },
};
