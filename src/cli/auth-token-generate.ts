import { done } from "../lib/outcome.ts";
import { makeChild, ownKey } from "./auth-child.ts";
import { EXPIRES, PERMISSION, permissionFault, several } from "./auth-options.ts";
import { withCredentials, wrongLine } from "./auth-open.ts";
import { number, text } from "./typed.ts";
import type { Command } from "./types.ts";

const NAME = "auth token generate";
const MEND =
  "set KUBIYA_API_KEY to a key of this server, or name one with --key ID (kubiya auth key list)";

/** `kubiya auth token generate` */
export const authTokenGenerate: Command = {
  name: NAME,
  summary: "Make a temporary token of your key. It is the answer, and is shown this once.",
  options: [
    EXPIRES,
    PERMISSION,
    {
      flags: "--key <id>",
      summary: "the key that it comes from; left out: KUBIYA_API_KEY or api_key",
    },
  ],
  run: async (typed, host) => {
    const fault = permissionFault(typed, host.permissions);
    if (fault !== null) return wrongLine(NAME, fault, host);
    return withCredentials(typed, host, async (credentials, carryOut) => {
      const named = text(typed, "key");
      const key =
        named === undefined ? await ownKey(NAME, MEND, { host, credentials }) : done(named);
      if (!key.ok) return key.failure;
      const wanted = {
        kind: "token",
        permissions: several(typed, "permission"),
        lifetime_ms: number(typed, "expires") ?? credentials.lifetimes.token.default_ms,
        idle_ms: null,
      } as const;
      return makeChild(key.value, wanted, { typed, host, carryOut });
    });
  },
};
