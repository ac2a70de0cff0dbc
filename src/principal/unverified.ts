// On the trust boundary: credentials of kinds that this server cannot verify. They let nobody in, and whoever
// presents one is told no more than that it is unknown; what is missing the operator alone is told.

import type { Log } from "../lib/log.ts";
import type { Authenticator } from "./authenticate.ts";
import { unproven } from "./caller.ts";
import type { Gap } from "./types.ts";

/** Whether a text has the form of a signed token (RFC 7515 section 3.1). */
export function isJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** A kind that cannot be verified: the log says so of each that was presented. */
export function createUnverified(kind: Kind, log: Log): Authenticator {
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

type Kind = "wrapped" | "jwt" | "cloud";

const KINDS: Readonly<Record<Kind, Pick<Authenticator, "recognises"> & { readonly gap: Gap }>> = {
  wrapped: {
    recognises: (text) => /.kb[kts]_[0-9A-Za-z]{16}_/.test(text),
    gap: {
      message: "has something before a credential of this server",
      mend: "begin with kbk_, kbt_ or kbs_, without a space, a quote or the word Bearer",
    },
  },
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
      message: "is no credential of this server, and keys of the Kubiya cloud are not asked about",
      mend: "use a key of this server (kubiya auth key create --name NAME), or give the server one of the cloud as `api_key` to let in those of its organisation",
    },
  },
};
