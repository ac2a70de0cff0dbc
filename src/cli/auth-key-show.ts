import { ID } from "./auth-options.ts";
import { unknownId, withCredentials } from "./auth-open.ts";
import { tellOne } from "./auth-shown.ts";
import type { Command } from "./types.ts";

/** `kubiya auth key show` */
export const authKeyShow: Command = {
  name: "auth key show",
  summary: "Show an API key, without its secret.",
  argument: ID,
  options: [],
  run: async (typed, host) => {
    const [id = ""] = typed.args;
    return withCredentials(typed, host, (_credentials, carryOut) =>
      carryOut({ do: "read", kind: "key" }, (left) => {
        const stored = left.credentials.find(({ row }) => row.kind === "key" && row.id === id);
        return stored === undefined ? unknownId(id, host) : tellOne(stored, left, { typed, host });
      }),
    );
  },
};
