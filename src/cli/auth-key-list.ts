import { withCredentials } from "./auth-open.ts";
import { tellList } from "./auth-shown.ts";
import type { Command } from "./types.ts";

/** `kubiya auth key list` */
export const authKeyList: Command = {
  name: "auth key list",
  summary: "Show every API key, without its secret.",
  options: [],
  run: (typed, host) =>
    withCredentials(typed, host, (_credentials, carryOut) =>
      carryOut({ do: "read", kind: "key" }, (left) => tellList(left, "key", { typed, host })),
    ),
};
