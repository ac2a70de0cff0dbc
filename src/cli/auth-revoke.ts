import { ID } from "./auth-options.ts";
import { unknownId, withCredentials } from "./auth-open.ts";
import { tellOne } from "./auth-shown.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** The command that revokes credentials of a kind. */
export function revoking(kind: "key" | "token", summary: string): Command {
  return {
    name: `auth ${kind} revoke`,
    summary,
    argument: ID,
    options: [],
    run: async (typed, host) => {
      const [id = ""] = typed.args;
      return withCredentials(typed, host, (_credentials, carryOut) =>
        carryOut({ do: "revoke", kind, id }, (left) => {
          const revoked = left.credentials.find(({ row }) => row.id === id);
          if (revoked === undefined) return unknownId(id, host);
          host.remark(`the ${kind} ${id} is revoked\n`);
          return given(typed, "json") ? tellOne(revoked, left, { typed, host }) : EXIT.yes;
        }),
      );
    },
  };
}
