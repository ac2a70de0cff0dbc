import type { Fault } from "../lib/fault.ts";
import type { Secret } from "../lib/secret.ts";
import type { CredentialRow, SessionRow } from "../store/types.ts";

/** Who a request stands for. Only facts, no judgement. */
export interface Principal {
  readonly kind: "anonymous" | "user" | "operator";
  readonly id: string | null;
  /** A token's and a session's are those of the key that they come from. */
  readonly roles: readonly string[];
  /** Null: no limit of its own beyond the roles'. */
  readonly permissions: readonly string[] | null;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What cryptography found about what was presented, and no more. Unless it is verified, all else is null. */
export interface Credential extends CredentialRecord {
  /** The record of the key that a token or a session was made from. */
  readonly parent: Parent | null;
}

interface Parent extends CredentialRecord {
  readonly parent: null;
  /** What limits its permissions, and so its child's. Its roles are the child's too, and are the principal's. */
  readonly permissions: readonly string[] | null;
}

export interface CredentialRecord {
  readonly status: "absent" | "malformed" | "unknown" | "unverifiable" | "verified";
  readonly id: string | null;
  readonly kind: "key" | "token" | "session" | "jwt" | "cloud" | null;
  readonly created_ms: number | null;
  readonly expires_ms: number | null;
  readonly revoked_ms: number | null;
  readonly allowed_ips: readonly string[] | null;
  readonly allow_stdio: boolean | null;
  /** Counted where one more is asked for: nobody else asks. */
  readonly sessions: number | null;
}

/** A session of ours, as it is stored. */
export interface Session {
  readonly id: string;
  readonly credential: string;
  readonly started_ms: number;
  readonly used_ms: number;
  readonly idle_ms: number;
  readonly absolute_ms: number;
}

/** Who calls, with what. */
export interface Caller {
  readonly principal: Principal;
  readonly credential: Credential;
  /** The id of the key that took the place of this one, or of the one it comes from; null: none did. */
  readonly replaced_by: string | null;
  readonly session: Session | null;
}

/** What a credential of ours gives to whoever holds it. */
export type Holding = Pick<
  CredentialRow,
  | ("id" | "kind" | "user" | "roles" | "permissions" | "allowed_ips" | "allow_stdio")
  | ("created_ms" | "expires_ms" | "revoked_ms" | "replaced_by")
>;

/** A credential of ours that was verified. */
export interface Held {
  readonly row: Holding;
  /** The key that a token or a session comes from; null for a key. */
  readonly parent: Holding | null;
}

/** What a request carries to say who it is from. */
export interface Presented {
  readonly credential: Secret | null;
  /** The id of a session that it names; a `kbs_` is its own. */
  readonly session: string | null;
}

/** Why credentials of a kind cannot be verified here. For the operator: who presents one learns nothing of it. */
export type Gap = Pick<Fault, "message" | "mend">;

/** Finds out who presented this. Verifies, and judges nothing. */
export type Authenticate = (presented: Presented) => Promise<Caller>;

/** Somebody who proved nothing, whatever was presented. */
export type Unproven = (status: Exclude<Credential["status"], "verified">) => Caller;

/** Who holds a credential of ours, within a session. Judges nothing. */
export type CallerOf = (held: Held, session: SessionRow | null) => Caller;
