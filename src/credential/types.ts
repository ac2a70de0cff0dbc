import type { JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Permit } from "../lib/permit.ts";
import type { Secret } from "../lib/secret.ts";
import type {
  Change,
  Conflict,
  CredentialRow,
  SessionRow,
  StoredCredential,
  StoreFailure,
  UnknownId,
} from "../store/types.ts";

/** What cryptography found about a credential of ours, and no more: whether it still holds is not asked. */
export type Verification =
  /** Not in our form; one of another issuer may be. */
  | { readonly status: "malformed" }
  /** In our form, and none that this store knows, or with another secret: nobody outside can tell which. */
  | { readonly status: "unknown" }
  | {
      readonly status: "verified";
      readonly row: CredentialRow;
      /** The key that a token or a session comes from; null for a key. */
      readonly parent: CredentialRow | null;
    };

/** Finds out whose credential this is, with the same work for a wrong one as for a right one. */
export type Verify = (presented: Secret) => Promise<Outcome<Verification, StoreFailure>>;

/** A credential that somebody asks for. */
export interface Wanted {
  readonly kind: CredentialRow["kind"];
  readonly name: string;
  /** Null: who its parent stands for. */
  readonly user: string | null;
  readonly roles: readonly string[];
  /** Null: no limit of its own. */
  readonly permissions: readonly string[] | null;
  readonly allowed_ips: readonly string[] | null;
  readonly allow_stdio: boolean;
  /** A session lives no longer than its key, whatever this says. */
  readonly lifetime_ms: number;
  /** The key that a token or a session comes from; null for a key. */
  readonly parent: CredentialRow["id"] | null;
  /** After this long without a request a session is over; null for what is none. */
  readonly idle_ms: number | null;
}

/** A session that is asked for. */
export interface SessionWanted {
  readonly credential: string;
  readonly user: string;
  readonly idle_ms: number;
}

/** Knows when sessions and credentials were last used: by accepted requests only, and for as long as a tool runs. */
export interface KeepAlive {
  /** Notes that a credential was used; the store knows within 5 minutes. */
  readonly used: (credential: string, nowMs: number) => void;
  /** The row with the last use that this process knows of. */
  readonly latest: (row: SessionRow, nowMs: number) => SessionRow;
  readonly accepted: (session: Pick<SessionRow, "id" | "idle_ms">, nowMs: number) => void;
  /** Holds a session open until the function that it gives is called, with the time of the end. */
  readonly hold: (
    session: Pick<SessionRow, "id" | "idle_ms">,
    nowMs: number,
  ) => (endMs: number) => void;
}

/** The freeze that is on now; null where none is. Its members are null where the store cannot say. */
export type ReadFreeze = () => Promise<{
  readonly reason: string | null;
  readonly since_ms: number | null;
} | null>;

/** What somebody wants done to credentials, or to all access. */
export type Order =
  | { readonly do: "create"; readonly wanted: Wanted }
  /** The old one ends after the grace, and never later than it would have. */
  | { readonly do: "rotate"; readonly id: string; readonly graceMs: number }
  /** Ends it now, its children and all their sessions with it. */
  | { readonly do: "revoke"; readonly kind: "key" | "token"; readonly id: string }
  /** Keeps a session for a credential that was presented: the session has no secret of its own. */
  | { readonly do: "open_session"; readonly of: SessionWanted }
  | { readonly do: "end_session"; readonly id: string }
  /** Ends the session that the caller itself named: policy holds it to the caller's credential. */
  | { readonly do: "close_session"; readonly id: string }
  | { readonly do: "read"; readonly kind: "key" | "token" | "session" }
  /** Nothing runs from now on; one that is on already is replaced. */
  | { readonly do: "freeze"; readonly reason: string }
  | { readonly do: "unfreeze" }
  /** What a tool's source presents is approved, if that has this digest: what somebody has looked at, and no other. */
  | { readonly do: "approve"; readonly tool: string; readonly digest: string };

/** An order as policies judge it, with what would be done. Nothing is done yet. */
export interface Deed {
  readonly action:
    | `${CredentialRow["kind"]}s/${"create" | "revoke" | "read"}`
    | "keys/rotate"
    | "sessions/open"
    | "sessions/close"
    | "access/freeze"
    | "access/unfreeze"
    | "tools/approve";
  readonly requested: Requested | null;
  readonly subject: Subject | null;
  /** What the audit trail may show of it: no secret. */
  readonly recorded: JsonObject;
  readonly change: Change;
  /** The credentials that it is about, as it leaves them; null where it does nothing but read them all. */
  readonly leaves: readonly KnownCredential[] | null;
  /** What is made, with its secret: it is shown once, and nowhere kept. */
  readonly made: { readonly row: CredentialRow; readonly secret: Secret } | null;
}

/** The rights and the end that are asked for. */
export interface Requested {
  readonly kind: CredentialRow["kind"];
  readonly user: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[] | null;
  readonly allowed_ips: readonly string[] | null;
  readonly allow_stdio: boolean;
  readonly expires_ms: number;
}

/** A credential that something is done with. */
export interface Subject extends Requested {
  readonly id: string;
  readonly created_ms: number;
  readonly revoked_ms: number | null;
  readonly sessions: number;
}

/** A credential as it is stored. */
export interface KnownCredential extends StoredCredential {
  /** Whether this server wrote the row as it is. */
  readonly sealed: boolean;
}

/** A session as it was read. */
export interface KnownSession extends SessionRow {
  /** Whether this server wrote the row as it is. */
  readonly sealed: boolean;
}

/** What a deed left. */
export interface Done {
  /** When it was done, by the clock that credentials end by. */
  readonly atMs: number;
  readonly made: Deed["made"];
  readonly opened: SessionRow | null;
  /** All of them where they were read, and those that the deed was about where they were not. */
  readonly credentials: readonly KnownCredential[];
  /** How many credentials could not be read. */
  readonly unreadable: number;
  readonly sessions: readonly KnownSession[];
}

/** Why an order was not carried out, beside that it was denied. */
export type DeedFailure =
  | StoreFailure
  | Conflict
  /** The secret beside the store cannot be used. */
  | { readonly reason: "pepper_unusable"; readonly detail: string }
  | UnknownId
  /** A key that is in its grace has a successor, and gets no second one. */
  | { readonly reason: "already_rotated"; readonly id: string; readonly replaced_by: string }
  /** No source presented a tool of this name. */
  | { readonly reason: "unknown_tool"; readonly tool: string }
  /** What its source presents by now has this digest, and not the one that was named; whether that is held back. */
  | {
      readonly reason: "another_definition";
      readonly tool: string;
      readonly digest: string;
      readonly held: boolean;
    }
  /** Somebody else wrote its row: what it says is not what was made. */
  | { readonly reason: "changed_outside"; readonly id: string };

/** An order that nobody can be asked about, as it cannot be done. */
export type Unplanned = Pick<Deed, "action" | "recorded"> & { readonly failure: DeedFailure };

/** Turns an order into what would be done. Writes nothing and judges nothing. */
export type PlanDeed = (order: Order, nowMs: number) => Promise<Outcome<Deed, Unplanned>>;

/** Does what was permitted, in one transaction. Nothing that is read after it can make a failure of it. */
export type Perform = (permit: Permit<Deed>, nowMs: number) => Promise<Outcome<Done, DeedFailure>>;

/** A tool's definition as it was approved, and as its source presents it. */
export interface KnownDefinition {
  readonly tool: string;
  /** The source that presents it. */
  readonly origin: string;
  /** Null where nothing was, or where somebody else wrote that it was. */
  readonly approved: JsonObject | null;
  /** Null where it cannot be read. */
  readonly presented: JsonObject | null;
  readonly approved_ms: number | null;
  readonly presented_ms: number;
}

/** A definition that was not known before. */
export interface Noted {
  readonly tool: string;
  readonly digest: string;
  /** False where it is the first one of its tool, and so approved. */
  readonly held: boolean;
}

/** Which definitions of tools were approved. */
export interface Definitions {
  readonly known: () => Promise<Outcome<readonly KnownDefinition[], StoreFailure>>;
  /** Keeps what a source presents, by the tool's name; gives what is new of it and found room. */
  readonly present: (
    origin: string,
    tools: ReadonlyMap<string, JsonObject>,
    nowMs: number,
  ) => Promise<Outcome<readonly Noted[], DeedFailure>>;
}
