import { grace, ID } from "./auth-options.ts";
import { withCredentials } from "./auth-open.ts";
import { isoOf } from "../lib/clock.ts";
import { tellMade } from "./auth-shown.ts";
import { number } from "./typed.ts";
import type { Command } from "./types.ts";

const GRACE_MS = 24 * 60 * 60 * 1000;

/** `kubiya auth key rotate` */
export const authKeyRotate: Command = {
  name: "auth key rotate",
  summary: "Make a key with the same rights in place of this one, which goes on for a while.",
  argument: ID,
  options: [
    {
      flags: "--grace <time>",
      summary: "how long the old one goes on, as 90s, 15m, 1h or 30d; 0: not at all; left out: 24h",
      parse: grace,
    },
  ],
  run: async (typed, host) => {
    const [id = ""] = typed.args;
    const graceMs = number(typed, "grace") ?? GRACE_MS;
    return withCredentials(typed, host, (_credentials, carryOut) =>
      carryOut({ do: "rotate", id, graceMs }, (left) => {
        const code = tellMade(left, { typed, host });
        const old = left.credentials.find(({ row }) => row.id === id);
        if (old !== undefined)
          host.remark(`the old one, ${id}, ends ${isoOf(old.row.expires_ms)}\n`);
        return code;
      }),
    );
  },
};
