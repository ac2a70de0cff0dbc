import type { SessionRow } from "../store/types.ts";
import type {
  Caller,
  Credential,
  CredentialRecord,
  Held,
  Holding,
  Principal,
  Session,
} from "./types.ts";

const ANONYMOUS: Principal = {
  kind: "anonymous",
  id: null,
  roles: [],
  permissions: null,
  claims: {},
};

/** Somebody who proved nothing: nobody in particular, whatever was presented. */
export function unproven(status: Exclude<Credential["status"], "verified">): Caller {
  const nothing: CredentialRecord = {
    status,
    id: null,
    kind: null,
    created_ms: null,
    expires_ms: null,
    revoked_ms: null,
    allowed_ips: null,
    allow_stdio: null,
    sessions: null,
  };
  const credential = { ...nothing, parent: null };
  return { principal: ANONYMOUS, credential, replaced_by: null, session: null };
}

/** Who holds a credential of ours, within the session that was named. */
export function holder({ row, parent }: Held, session: SessionRow | null): Caller {
  return {
    principal: {
      kind: "user",
      id: row.user,
      roles: (parent ?? row).roles,
      permissions: row.permissions,
      claims: {},
    },
    credential: {
      ...recordOf(row),
      parent: parent && {
        ...recordOf(parent),
        parent: null,
        permissions: parent.permissions,
      },
    },
    replaced_by: (parent ?? row).replaced_by,
    session: session && told(session),
  };
}

function recordOf(row: Holding): CredentialRecord {
  const { id, kind, created_ms, expires_ms, revoked_ms, allowed_ips, allow_stdio } = row;
  const times = { created_ms, expires_ms, revoked_ms };
  return { status: "verified", id, kind, ...times, allowed_ips, allow_stdio, sessions: null };
}

/** A session as it is told to policies. */
export function told({
  id,
  credential,
  started_ms,
  used_ms,
  idle_ms,
  absolute_ms,
}: SessionRow): Session {
  return { id, credential, started_ms, used_ms, idle_ms, absolute_ms };
}
