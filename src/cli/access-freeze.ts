import { withCredentials, wrongLine } from "./auth-open.ts";
import { printable } from "./auth-options.ts";
import { tellJson } from "./auth-shown.ts";
import { given, text } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

const NAME = "access freeze";

/** `kubiya access freeze` */
export const accessFreeze: Command = {
  name: NAME,
  summary: "Stop every call on every server of this store, at once, until access is unfrozen.",
  options: [
    { flags: "--reason <text>", summary: "why: callers are told, and the trail", parse: printable },
  ],
  run: async (typed, host) => {
    const reason = text(typed, "reason");
    if (reason === undefined) {
      return wrongLine(NAME, 'say why, as --reason "a stolen key"; callers are told', host);
    }
    return withCredentials(typed, host, (_credentials, carryOut) =>
      carryOut({ do: "freeze", reason }, () => {
        host.remark("access is frozen; what runs already goes on to its end\n");
        host.remark("kubiya access unfreeze lifts it\n");
        if (given(typed, "json")) tellJson({ frozen: true, reason }, host);
        return EXIT.yes;
      }),
    );
  },
};
