// On the trust boundary: says who a caller is. It never judges whether that caller may do anything,
// and it never takes a credential that was given for one that was not.

import type { Authenticate, Caller, Credential, Principal } from "./types.ts";

const ANONYMOUS: Principal = {
  kind: "anonymous",
  id: null,
  roles: [],
  permissions: null,
  claims: {},
};

/** An authenticator that has no key store yet: every credential that is given is unknown to it. */
export function createAuthenticate(): Authenticate {
  return async (presented) => (presented === null ? caller("absent") : caller("unknown"));
}

function caller(status: Credential["status"]): Caller {
  return { principal: ANONYMOUS, credential: unproven(status), session: null };
}

/** What is known of a credential whose secret was not proven: nothing but that. */
function unproven(status: Credential["status"]): Credential {
  return {
    status,
    id: null,
    kind: null,
    created_ms: null,
    expires_ms: null,
    revoked_ms: null,
    allowed_ips: null,
    allow_stdio: null,
    parent: null,
    sessions: null,
  };
}
