// On the trust boundary: credentials of kinds that this server cannot verify. They let nobody in, and whoever
// presents one is told no more than that it is unknown; what is missing the operator alone is told.

import type { Log } from "../lib/log.ts";
import type { Authenticator } from "./authenticate.ts";
import { unproven } from "./caller.ts";

/** Whether a text has the form of a signed token (RFC 7515 section 3.1). */
export function isJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** What is missing of each kind. */
const KINDS = {
  jwt: {
    recognises: isJwt,
    gap: {
      message: "looks like a token of an external issuer, and none is configured",
      mend: "name it in `jwt`",
    },
  },
  // They have no form of their own: what is of no other kind may be one.
  cloud: {
    recognises: () => true,
    gap: {
      message:
        "is of no kind that can be verified here; for keys of the Kubiya cloud that is not available yet",
      mend: "use a key of this server: kubiya auth key create --name NAME",
    },
  },
} as const satisfies Record<string, Pick<Authenticator, "recognises" | "gap">>;

/** A kind that cannot be verified: the log says so of each that was presented. */
export function createUnverified(kind: keyof typeof KINDS, log: Log): Authenticator {
  const { recognises, gap } = KINDS[kind];
  return {
    recognises,
    gap,
    authenticate: async () => {
      log.info("a credential was refused", { detail: `it ${gap.message}`, mend: gap.mend });
      return unproven("unknown");
    },
  };
}
