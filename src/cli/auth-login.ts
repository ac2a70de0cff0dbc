import { makeChild, ownKey } from "./auth-child.ts";
import { withCredentials } from "./auth-open.ts";
import type { Command } from "./types.ts";

const NAME = "auth login";

/** `kubiya auth login` */
export const authLogin: Command = {
  name: NAME,
  summary: "Make a session of your key, for clients that hold one. It is shown this once.",
  options: [],
  run: (typed, host) =>
    withCredentials(typed, host, async (credentials, carryOut) => {
      const mend = "set KUBIYA_API_KEY to a key of this server";
      const key = await ownKey(NAME, mend, { host, credentials });
      if (!key.ok) return key.failure;
      const wanted = {
        kind: "session",
        permissions: null,
        lifetime_ms: credentials.lifetimes.session.default_ms,
        idle_ms: credentials.config.session_timeout * 1000,
      } as const;
      return makeChild(key.value, wanted, { typed, host, carryOut });
    }),
};
