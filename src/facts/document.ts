// Written by scripts/types.ts from its JSON Schema. Edit the schema.

export interface Facts {
  /**
   * Whether tools that change the Kubiya platform may be called.
   */
  readonly allow_platform_apis: boolean;
  /**
   * Canonical networks that callers may come from, mapped IPv4 folded; null: no limit.
   */
  readonly allowed_ips: readonly string[] | null;
  /**
   * What an operator may override.
   */
  readonly defaults: {
    /**
     * What a caller without a credential may do where none is asked for.
     */
    readonly anonymous: {
      readonly [k: string]: true;
    };
    /**
     * What a new key may do when neither a permission nor a role is named.
     */
    readonly new_key: {
      readonly [k: string]: true;
    };
    /**
     * The permissions that a scope of a cloud key stands for. A scope that is not here gives nothing, and none gives `*`: who may do everything in the cloud does not manage this server.
     */
    readonly cloud_scopes: {
      readonly [k: string]: (
        | "tools:list"
        | "tools:execute"
        | "scripts:execute"
        | "runners:read"
        | "runners:manage"
        | "agents:read"
        | "agents:manage"
      )[];
    };
    /**
     * The permissions that an action needs, whatever tool it is about. An action that is not here is no action.
     */
    readonly actions: {
      readonly [k: string]: readonly string[];
    };
    /**
     * The actions that go on while access is frozen, for each kind of principal. No other does, and no caller's call.
     */
    readonly while_frozen: {
      readonly anonymous: {
        readonly [k: string]: true;
      };
      readonly user: {
        readonly [k: string]: true;
      };
      readonly operator: {
        readonly [k: string]: true;
      };
    };
    /**
     * How long a new credential may live.
     */
    readonly lifetimes: {
      readonly key: {
        readonly default_ms: number;
        readonly min_ms: number;
        readonly max_ms: number;
      };
      readonly token: {
        readonly default_ms: number;
        readonly min_ms: number;
        readonly max_ms: number;
      };
      readonly session: {
        readonly default_ms: number;
        readonly min_ms: number;
        readonly max_ms: number;
      };
    };
    /**
     * How many sessions a credential may have open.
     */
    readonly sessions_per_credential: number;
    readonly whitelisted_tool: {
      /**
       * The permissions that a call of a tool needs whose source is not the platform.
       */
      readonly requires: readonly string[];
    };
    /**
     * The tools of the platform, by name.
     */
    readonly platform_tools: {
      readonly [k: string]: {
        /**
         * The permissions that a call needs.
         */
        readonly requires: readonly string[];
        /**
         * reads: looks something up; acts: does something on the platform; acts_on_runner: has the runner that the call names do it; runs: starts something on a runner.
         */
        readonly effect: "reads" | "acts" | "acts_on_runner" | "runs";
        /**
         * Whether it stands behind `allow_platform_apis`.
         */
        readonly platform_api: boolean;
      };
    };
    /**
     * Names, in lower case without `-` and `_`, whose values the audit record does not show.
     */
    readonly masked_keys: {
      readonly [k: string]: true;
    };
    /**
     * What is worth an alert.
     */
    readonly alerts: {
      /**
       * Failed authentications of one source.
       */
      readonly failures: {
        /**
         * The codes of denials that are one.
         */
        readonly codes: {
          readonly [k: string]: true;
        };
        /**
         * They are counted over this time.
         */
        readonly window_ms: number;
        /**
         * So many are an alert.
         */
        readonly many: number;
        /**
         * After so many a success is an alert.
         */
        readonly many_before_success: number;
      };
      /**
       * Denials for one reason, whoever was denied.
       */
      readonly denials: {
        /**
         * They are counted over this time.
         */
        readonly window_ms: number;
        /**
         * So many are an alert.
         */
        readonly many: number;
      };
      /**
       * The same alert is not told again within this time.
       */
      readonly repeat_ms: number;
    };
  };
  /**
   * Whether every caller needs a credential.
   */
  readonly require_auth: boolean;
  /**
   * The roles, by name.
   */
  readonly roles: {
    readonly [k: string]: {
      /**
       * What the role may do; `*` is everything.
       */
      readonly permissions: {
        readonly [k: string]: true;
      };
      /**
       * The tools that exist for the role; null: no limit.
       */
      readonly allowed_tools: {
        /**
         * Exact names.
         */
        readonly names: {
          readonly [k: string]: true;
        };
        /**
         * What stood before a trailing `*`; empty for `*` alone.
         */
        readonly prefixes: readonly string[];
      } | null;
    };
  };
  /**
   * Where tools may run.
   */
  readonly runners: {
    /**
     * False: nothing runs, reading stays.
     */
    readonly enabled: boolean;
    /**
     * The runners that may be used; null: no limit.
     */
    readonly allowed: {
      /**
       * Exact names.
       */
      readonly names: {
        readonly [k: string]: true;
      };
      /**
       * What stood before a trailing `*`; empty for `*` alone.
       */
      readonly prefixes: readonly string[];
    } | null;
  };
  /**
   * The catalogue: every tool of every source, by name.
   */
  readonly tools: {
    readonly [k: string]: {
      /**
       * whitelist, platform, upstream or cloud.
       */
      readonly source: string;
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
      /**
       * The runner that the definition names, resolved.
       */
      readonly runner: {
        readonly name: string;
        readonly kind: "local" | "kubiya";
        /**
         * Null when nobody knows.
         */
        readonly healthy: boolean | null;
      };
    };
  };
  /**
   * The names that close the set of tools; null: no limit.
   */
  readonly whitelist: {
    readonly [k: string]: true;
  } | null;
}
