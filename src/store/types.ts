import type { Outcome } from "../lib/outcome.ts";

/** A credential as it is stored: never its secret. What `mac` seals nobody can change without the pepper. */
export interface CredentialRow {
  /** Public: 16 of base62. */
  readonly id: string;
  readonly kind: "key" | "token" | "session";
  readonly name: string;
  /** Who it stands for. */
  readonly user: string;
  readonly roles: readonly string[];
  /** Null: no limit of its own. */
  readonly permissions: readonly string[] | null;
  /** Canonical networks; null: from anywhere. */
  readonly allowed_ips: readonly string[] | null;
  readonly allow_stdio: boolean;
  /** The id of the key that a token or a session comes from. */
  readonly parent: string | null;
  /** Milliseconds since 1970, as all times here. */
  readonly created_ms: number;
  readonly expires_ms: number;
  readonly revoked_ms: number | null;
  /** The id of the key that took its place when it was rotated. */
  readonly replaced_by: string | null;
  /** From 1; a changed row has the next. */
  readonly revision: number;
  /** Which pepper `verifier` and `mac` were made with. */
  readonly pepper: number;
  /** The HMAC of the whole credential, in hexadecimal. */
  readonly verifier: string;
  /** The HMAC of all that stands above, in hexadecimal. */
  readonly mac: string;
}

/** A row with what changes too often to be sealed. */
export interface StoredCredential {
  readonly row: CredentialRow;
  /** Within 5 minutes; null: never. */
  readonly last_used_ms: number | null;
}

/** The credentials of a store. */
export interface Credentials {
  /** By creation, the oldest first. */
  readonly rows: readonly StoredCredential[];
  /** How many there are that cannot be read, as this program did not write them. */
  readonly unreadable: number;
}

/**
 * A session of a credential. Its id proves nothing: each request also carries the credential. It is over
 * from `used_ms + idle_ms` on, and from `started_ms + absolute_ms` on.
 */
export interface SessionRow {
  readonly id: string;
  /** The id of its credential: of a row here, or `jwt:` and what an external issuer calls its user. */
  readonly credential: string;
  readonly user: string;
  readonly started_ms: number;
  /** The last accepted request. */
  readonly used_ms: number;
  readonly idle_ms: number;
  readonly absolute_ms: number;
  /** The HMAC of all that stands above, in hexadecimal. */
  readonly mac: string;
}

/** A brake that somebody pulled: nothing runs while it is on. */
export interface Freeze {
  readonly reason: string;
  readonly since_ms: number;
}

/**
 * The definition of a tool that a source outside the configuration presents: what was approved, and what it
 * presents now. While the two differ the tool is held back.
 */
export interface DefinitionRow {
  /** The tool's name in the catalogue. */
  readonly tool: string;
  /** The source that presents it: the name of an upstream server. */
  readonly origin: string;
  /** A JSON text; null where nothing was approved. */
  readonly approved: string | null;
  /** A JSON text. */
  readonly presented: string;
  readonly approved_ms: number | null;
  readonly presented_ms: number;
  /** From 1; a changed row has the next. */
  readonly revision: number;
  /** Which pepper `mac` was made with. */
  readonly pepper: number;
  /** The HMAC of all that stands above, in hexadecimal. */
  readonly mac: string;
}

/** What happens at once or not at all. After a failure it may have happened, as the answer was lost: read again. */
export interface Change {
  /** New rows have revision 1; of others the stored one must be the one before. */
  readonly credentials: readonly CredentialRow[];
  /** All sessions of these credentials end. */
  readonly endSessionsOf: readonly string[];
  /** A session that starts, unless its credential has other than `seen` open ones then: that is a conflict. */
  readonly openSession: { readonly session: SessionRow; readonly seen: number } | null;
  /** The id of a session that ends. Where it is not there, and no credential changes, that is a failure. */
  readonly endSession: string | null;
  /** A freeze that begins, also in place of another, or the end of it; null: it stays as it is. */
  readonly freeze: Freeze | "lifted" | null;
  /** New rows have revision 1; of others the stored one must be the one before. */
  readonly definitions: readonly DefinitionRow[];
}

/** The store cannot be reached, read or written: `detail` says what and how to mend it, without a secret. */
export interface StoreFailure {
  readonly reason: "store_unavailable";
  readonly detail: string;
}

/** Nothing has this id. */
export interface UnknownId {
  readonly reason: "unknown_id";
  readonly id: string;
}

/** Somebody else changed it first: read again. */
export interface Conflict {
  readonly reason: "conflict";
}

/** An alert as it is kept for its webhook. */
export interface KeptAlert {
  /** UUIDv7: the same for each attempt to deliver it. */
  readonly id: string;
  readonly code: string;
  /** What it is about. */
  readonly key: string;
  /** What is sent, byte for byte. */
  readonly body: string;
  readonly created_ms: number;
  /** No other of its code and key is kept before. */
  readonly quiet_ms: number;
  /** Nobody takes it before. */
  readonly due_ms: number;
}

/** An alert that one process delivers. */
export interface TakenAlert extends Pick<KeptAlert, "id" | "body" | "created_ms"> {
  /** How often it was taken, this time counted: whoever takes it later has it, whatever the one before does. */
  readonly attempts: number;
}

/** Alerts on their way to a webhook, and those that were told lately. */
export interface Alerts {
  /** `max`: so many of one code are kept, those that were told lately counted. */
  readonly keep: (
    alert: KeptAlert,
    max: number,
  ) => Promise<Outcome<"kept" | "repeated" | "full", StoreFailure>>;
  /** The one that has been due for longest; nobody else takes it until then. */
  readonly take: (when: {
    readonly nowMs: number;
    readonly untilMs: number;
  }) => Promise<Outcome<TakenAlert | null, StoreFailure>>;
  /** It is to be taken again, not before `dueMs`. */
  readonly again: (taken: TakenAlert, dueMs: number) => Promise<Outcome<void, StoreFailure>>;
  /** Nothing more is to be done: it was delivered, or never will be. */
  readonly over: (taken: TakenAlert, atMs: number) => Promise<Outcome<void, StoreFailure>>;
}

/** A store as it was found. */
export interface StoreSeen {
  /** `none`: nothing was ever kept there. `older` is brought up to date by the next that opens it; `newer` is of a later program. */
  readonly schema: "none" | "older" | "current" | "newer";
  /** The highest time that any process told, in milliseconds; null where none is known. */
  readonly highWaterMs: number | null;
}

/** Credentials, sessions, the brake, definitions and alerts, kept over restarts and shared by the processes that name the same store. */
export interface Store {
  readonly credential: (id: string) => Promise<Outcome<StoredCredential | null, StoreFailure>>;
  readonly credentials: () => Promise<Outcome<Credentials, StoreFailure>>;
  readonly change: (change: Change) => Promise<Outcome<void, StoreFailure | Conflict | UnknownId>>;
  /** Notes a use; never takes `last_used_ms` back. */
  readonly used: (id: string, atMs: number) => Promise<Outcome<void, StoreFailure>>;
  /** Also one that is over, for a day. */
  readonly session: (id: string) => Promise<Outcome<SessionRow | null, StoreFailure>>;
  /** Of one credential, or of all, the oldest first; those that are over or cannot be read are left out. */
  readonly sessions: (of: {
    readonly credential?: string;
    readonly nowMs: number;
  }) => Promise<Outcome<readonly SessionRow[], StoreFailure>>;
  /** Notes an accepted request; never takes `used_ms` back. */
  readonly refreshSession: (
    session: Pick<SessionRow, "id" | "used_ms" | "mac">,
  ) => Promise<Outcome<void, StoreFailure>>;
  /** By the tool's name; those that cannot be read are left out. */
  readonly definitions: () => Promise<Outcome<readonly DefinitionRow[], StoreFailure>>;
  /** The freeze that is on; null: there is none. */
  readonly freeze: () => Promise<Outcome<Freeze | null, StoreFailure>>;
  /**
   * A number that is another after each `change` that does more than open a session. What was remembered under one epoch
   * is asked for anew under the next. With SQLite it is that of this moment, and another after whatever anybody
   * else wrote; with PostgreSQL it is at most 1 s old, and a failure as soon as it could be older than 5 s.
   * It says nothing to another process.
   */
  readonly epoch: () => Promise<Outcome<number, StoreFailure>>;
  /** The highest time that any process told, in milliseconds: a clock that is behind it was set back. */
  readonly highWater: (nowMs: number) => Promise<Outcome<number, StoreFailure>>;
  readonly alerts: Alerts;
  readonly close: () => Promise<void>;
}
