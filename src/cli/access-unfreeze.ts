import { withCredentials } from "./auth-open.ts";
import { tellJson } from "./auth-shown.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya access unfreeze` */
export const accessUnfreeze: Command = {
  name: "access unfreeze",
  summary: "Let calls through again, as far as policies allow them.",
  options: [],
  run: (typed, host) =>
    withCredentials(typed, host, (_credentials, carryOut) =>
      carryOut({ do: "unfreeze" }, () => {
        host.remark("access is not frozen any more\n");
        if (given(typed, "json")) tellJson({ frozen: false, reason: null }, host);
        return EXIT.yes;
      }),
    ),
};
