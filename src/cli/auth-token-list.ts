import { withCredentials } from "./auth-open.ts";
import { tellList } from "./auth-shown.ts";
import type { Command } from "./types.ts";

/** `kubiya auth token list` */
export const authTokenList: Command = {
  name: "auth token list",
  summary: "Show every temporary token, without its secret.",
  options: [],
  run: (typed, host) =>
    withCredentials(typed, host, (_credentials, carryOut) =>
      carryOut({ do: "read", kind: "token" }, (left) => tellList(left, "token", { typed, host })),
    ),
};
