// Written by scripts/types.ts from its JSON Schema. Edit the schema.

/**
 * What every policy reads about one request. Each field is always there; absent means null.
 */
export interface InputDocument {
  /**
   * The version of this document.
   */
  readonly v: 1;
  /**
   * What is asked for.
   */
  readonly action:
    | "server/discover"
    | "tools/list"
    | "tools/call"
    | "resources/list"
    | "resources/templates/list"
    | "resources/read"
    | "resources/subscribe"
    | "resources/unsubscribe"
    | "prompts/list"
    | "prompts/get"
    | "completion/complete"
    | "logging/setLevel"
    | "keys/create"
    | "keys/rotate"
    | "keys/revoke"
    | "keys/read"
    | "tokens/create"
    | "tokens/revoke"
    | "tokens/read"
    | "sessions/create"
    | "sessions/open"
    | "sessions/close"
    | "sessions/revoke"
    | "sessions/read"
    | "access/freeze"
    | "access/unfreeze"
    | "tools/approve";
  /**
   * The time of the request, UTC.
   */
  readonly now: {
    /**
     * Milliseconds since 1970.
     */
    readonly ms: number;
    readonly iso: string;
    readonly weekday: "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";
    /**
     * 0 to 23.
     */
    readonly hour: number;
    /**
     * 0 to 59.
     */
    readonly minute: number;
  };
  readonly request: {
    /**
     * UUIDv7.
     */
    readonly id: string;
    readonly transport: "stdio" | "http" | "cli";
    /**
     * The generation of the protocol that the client speaks; null on the command line.
     */
    readonly era: "legacy" | "modern" | null;
  };
  readonly client: {
    /**
     * Where the caller is, canonical, mapped IPv4 folded; null on stdio.
     */
    readonly ip: string | null;
    /**
     * Who holds the other end of the socket.
     */
    readonly peer_ip: string | null;
    readonly name: string | null;
    readonly version: string | null;
  };
  /**
   * Who the credential stands for.
   */
  readonly principal: {
    readonly kind: "anonymous" | "user" | "operator";
    readonly id: string | null;
    /**
     * Names of `data.facts.roles`.
     */
    readonly roles: readonly string[];
    /**
     * Null: no limit of its own beyond the roles'.
     */
    readonly permissions: readonly string[] | null;
    /**
     * What an external issuer says about the user.
     */
    readonly claims: {};
  };
  /**
   * What was presented. Unless its status is `verified`, all else is null.
   */
  readonly credential: {
    /**
     * What cryptography found, and no more.
     */
    readonly status: "absent" | "malformed" | "unknown" | "unverifiable" | "verified";
    /**
     * Its public id.
     */
    readonly id: string | null;
    /**
     * What was presented.
     */
    readonly kind: "key" | "token" | "session" | "jwt" | "cloud" | null;
    readonly created_ms: number | null;
    /**
     * From this millisecond on it is expired. Null where nobody knows (a cloud key).
     */
    readonly expires_ms: number | null;
    /**
     * When it was revoked; null when it was not.
     */
    readonly revoked_ms: number | null;
    /**
     * Canonical networks that it may come from; null: no limit of its own.
     */
    readonly allowed_ips: readonly string[] | null;
    /**
     * Whether a credential with networks of its own also holds on stdio, where there is no address.
     */
    readonly allow_stdio: boolean | null;
    /**
     * The credential that a token or a session comes from: it lives no longer and reaches no further.
     */
    readonly parent: {
      /**
       * What cryptography found, and no more.
       */
      readonly status: "absent" | "malformed" | "unknown" | "unverifiable" | "verified";
      /**
       * Its public id.
       */
      readonly id: string | null;
      /**
       * What was presented.
       */
      readonly kind: "key" | "token" | "session" | "jwt" | "cloud" | null;
      readonly created_ms: number | null;
      /**
       * From this millisecond on it is expired. Null where nobody knows (a cloud key).
       */
      readonly expires_ms: number | null;
      /**
       * When it was revoked; null when it was not.
       */
      readonly revoked_ms: number | null;
      /**
       * Canonical networks that it may come from; null: no limit of its own.
       */
      readonly allowed_ips: readonly string[] | null;
      /**
       * Whether a credential with networks of its own also holds on stdio, where there is no address.
       */
      readonly allow_stdio: boolean | null;
      /**
       * A parent's own parent is not told.
       */
      readonly parent: null;
      /**
       * Not counted: null.
       */
      readonly sessions: number | null;
      /**
       * What limits its permissions, and so its child's; null: nothing but its roles, which its child has too.
       */
      readonly permissions?: readonly string[] | null;
    } | null;
    /**
     * How many sessions it has open, where one more is asked for; null for all else.
     */
    readonly sessions: number | null;
  };
  /**
   * The session that the request names; null without one.
   */
  readonly session: {
    readonly id: string;
    /**
     * The id of the credential that it is bound to.
     */
    readonly credential: string;
    readonly started_ms: number;
    /**
     * The last accepted request.
     */
    readonly used_ms: number;
    readonly idle_ms: number;
    readonly absolute_ms: number;
  } | null;
  /**
   * The freeze that an operator began (`kubiya access freeze`); null where none is on. Where the store cannot say, its members are null.
   */
  readonly frozen: {
    readonly reason: string | null;
    readonly since_ms: number | null;
  } | null;
  /**
   * The tool to run; null where no tool is concerned.
   */
  readonly tool: {
    readonly name: string;
    /**
     * whitelist, platform, upstream or cloud.
     */
    readonly source: string;
    /**
     * Whose it is: of upstream the name (`mcpServers`) of the server, of cloud the id of the source. Null where the configuration or the call itself defines it, and of the platform's own.
     */
    readonly origin: string | null;
    readonly type: string;
    readonly image: string | null;
    /**
     * `sha256:...` of the whole definition.
     */
    readonly digest: string;
    readonly approved: boolean;
    /**
     * The permissions that a call needs.
     */
    readonly requires: readonly string[];
  } | null;
  /**
   * The arguments as the tool would get them; of a resource its `uri`, of a prompt `name` and `arguments`, of a completion `ref`, `argument` and `context`; null where nothing is called or read.
   */
  readonly arguments: {} | null;
  /**
   * Where the tool would run; null where no tool is concerned.
   */
  readonly runner: {
    /**
     * As it was written: `auto`, `default` or a name.
     */
    readonly requested: string;
    /**
     * After `auto` and `default` are resolved.
     */
    readonly name: string;
    readonly kind: "local" | "kubiya";
    /**
     * Null when nobody knows.
     */
    readonly healthy: boolean | null;
  } | null;
  /**
   * What is read, beside its arguments; null where nothing is read.
   */
  readonly reading: {
    /**
     * The name (`mcpServers`) of the MCP server that has it: no other one is asked. Null where none has it, or more than one says so.
     */
    readonly origin: string | null;
  } | null;
  /**
   * The credential that `keys/create` and its kin ask for; null elsewhere.
   */
  readonly requested: {
    readonly kind: "key" | "token" | "session";
    readonly user: string | null;
    readonly roles: readonly string[];
    readonly permissions: readonly string[] | null;
    readonly allowed_ips: readonly string[] | null;
    readonly expires_ms: number | null;
    /**
     * Whether it is to hold on stdio although it has networks.
     */
    readonly allow_stdio?: boolean | null;
  } | null;
  /**
   * The credential that is rotated, or that a child is made from on the command line; null elsewhere.
   */
  readonly subject?: {
    readonly kind: "key" | "token" | "session" | "jwt" | "cloud";
    /**
     * Its public id.
     */
    readonly id: string;
    readonly user: string | null;
    readonly roles: readonly string[];
    readonly permissions: readonly string[] | null;
    readonly allowed_ips: readonly string[] | null;
    readonly allow_stdio: boolean | null;
    readonly created_ms: number | null;
    readonly expires_ms: number | null;
    readonly revoked_ms: number | null;
    /**
     * How many sessions it has open.
     */
    readonly sessions: number | null;
  } | null;
}
