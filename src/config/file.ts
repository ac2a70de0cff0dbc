// Written by scripts/types.ts from its JSON Schema. Edit the schema.

/**
 * The configuration of `kubiya mcp serve`. An empty list allows nothing; leave the field out for no limit.
 */
export interface ConfigFile {
  /**
   * For editors.
   */
  readonly $schema?: string;
  /**
   * The credential for the Kubiya cloud, and the caller's on stdio.
   */
  readonly api_key?: string;
  /**
   * Whether every caller must present a credential.
   */
  readonly require_auth?: boolean;
  /**
   * Seconds without a request after which a session ends.
   */
  readonly session_timeout?: number;
  /**
   * Whether unsafe settings are refused.
   */
  readonly production?: boolean;
  /**
   * Whether anything may run.
   */
  readonly enable_runners?: boolean;
  /**
   * Names of runners, exact or ending in `*`.
   */
  readonly allowed_runners?: readonly string[];
  /**
   * The runner that `default` stands for.
   */
  readonly default_runner?: string;
  /**
   * Whether the platform may be changed.
   */
  readonly allow_platform_apis?: boolean;
  /**
   * Whether an organisation's policies have a say.
   */
  readonly enable_opa_policies?: boolean;
  /**
   * Whether authentication and more is logged.
   */
  readonly verbose_logging?: boolean;
  /**
   * The tools that exist: objects define one, texts name one of any source.
   */
  readonly whitelisted_tools?: (
    | string
    | {
        /**
         * Unique; the program's name where there is neither `content` nor `entrypoint`.
         */
        readonly name: string;
        /**
         * What a client shows.
         */
        readonly description?: string;
        /**
         * What `content` is written in; `docker` where there is an image and nothing else is said, else `shell`.
         */
        readonly type?: "shell" | "bash" | "python" | "jq" | "docker";
        /**
         * The container image it runs in; without one it is a process on this machine.
         */
        readonly image?: string;
        /**
         * The text of a script.
         */
        readonly content?: string;
        /**
         * Where it runs: `local`, `auto`, `default`, or a runner's name.
         */
        readonly runner?: string;
        /**
         * Seconds.
         */
        readonly timeout?: number;
        /**
         * The program, instead of the tool's name.
         */
        readonly entrypoint?: string;
        /**
         * The arguments of a script.
         *
         * Items: One argument of a script.
         */
        readonly args?: {
          /**
           * Arrives as the environment variable of this name.
           */
          readonly name: string;
          /**
           * Text arrives as it is, any other type as JSON.
           */
          readonly type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
          /**
           * What a client shows.
           */
          readonly description?: string;
          /**
           * Whether a call must give it.
           */
          readonly required?: boolean;
          /**
           * Its value when a call does not give it.
           */
          readonly default?: string | number | boolean | readonly unknown[] | {};
          /**
           * The values it may have.
           *
           * @minItems 1
           */
          readonly options?: [unknown, ...readonly unknown[]];
        }[];
        /**
         * `NAME=value`, or a `NAME` of the server's environment.
         */
        readonly env?: readonly string[];
        /**
         * Names of the server's environment whose values are hidden in all the tool says.
         */
        readonly secrets?: readonly string[];
        /**
         * Files it finds when it starts.
         *
         * Items: A file.
         */
        readonly with_files?: {
          /**
           * In its working directory, or absolute in its container.
           */
          readonly path: string;
          /**
           * Its text.
           */
          readonly content?: string;
          /**
           * A file of this machine to copy.
           */
          readonly source?: string;
        }[];
        /**
         * Folders of this machine that its container sees.
         *
         * Items: A volume.
         */
        readonly with_volumes?: {
          /**
           * On this machine.
           */
          readonly source: string;
          /**
           * In the container.
           */
          readonly path: string;
          /**
           * Whether it may only be read.
           */
          readonly read_only?: boolean;
        }[];
        /**
         * Whether its container has a network.
         */
        readonly network?: boolean;
        /**
         * When its image is pulled.
         */
        readonly pull?: "missing" | "always" | "never";
        /**
         * Its container's memory.
         */
        readonly memory?: string;
        /**
         * Its container's processors.
         */
        readonly cpus?: number;
        /**
         * Its container's processes.
         */
        readonly pids?: number;
        /**
         * What confines it as a process.
         */
        readonly sandbox?: "none" | "bubblewrap";
      }
  )[];
  /**
   * Roles by name.
   */
  readonly roles?: {
    /**
     * What a role may do.
     */
    readonly [k: string]: {
      /**
       * Permissions; `*` is all.
       */
      readonly permissions: (
        | "tools:execute"
        | "tools:list"
        | "runners:read"
        | "runners:manage"
        | "agents:read"
        | "agents:manage"
        | "*"
      )[];
      /**
       * Names of tools, exact or ending in `*`; left out: all.
       */
      readonly allowed_tools?: readonly string[];
    };
  };
  /**
   * Networks (CIDR) that callers may come from.
   */
  readonly allowed_ips?: readonly string[];
  /**
   * Where store, pepper and audit live.
   */
  readonly state_dir?: string;
  /**
   * Which engine runs containers.
   */
  readonly container_engine?: "auto" | "docker" | "podman" | "none";
  /**
   * An organisation's policies.
   */
  readonly policies?: {
    /**
     * A directory of .rego, or a bundle.tar.gz.
     */
    readonly path?: string;
    /**
     * The key that bundles are signed with.
     */
    readonly public_key?: string;
    /**
     * Of the signature.
     */
    readonly algorithm?: string;
    /**
     * Policies that are asked and not obeyed.
     */
    readonly shadow?: string;
  };
  /**
   * Serving over HTTP.
   */
  readonly http?: {
    readonly host?: string;
    /**
     * 0 picks a free one.
     */
    readonly port?: number;
    /**
     * What clients call this server.
     */
    readonly public_url?: string;
    /**
     * A certificate and its key.
     */
    readonly tls?: {
      /**
       * A file.
       */
      readonly cert: string;
      /**
       * A file.
       */
      readonly key: string;
    };
    /**
     * Host headers.
     */
    readonly allowed_hosts?: readonly string[];
    /**
     * Origins.
     */
    readonly allowed_origins?: readonly string[];
    /**
     * Networks of proxies.
     */
    readonly trusted_proxies?: readonly string[];
  };
  /**
   * Other MCP servers whose tools are offered, as clients name them.
   */
  readonly mcpServers?: {
    readonly [k: string]: {};
  };
  /**
   * Tokens of an external issuer.
   */
  readonly jwt?: {
    readonly issuer?: string;
    readonly audience?: string;
    readonly jwks_uri?: string;
    readonly user_claim?: string;
    readonly roles_claim?: string;
  };
  /**
   * The audit trail.
   */
  readonly audit?: {
    readonly dir?: string;
    readonly max_file_bytes?: number;
    readonly retention_days?: number;
    readonly checkpoint_key?: string;
  };
  /**
   * Where alerts go.
   */
  readonly alerts?: {
    readonly webhook_url?: string;
    readonly secret?: string;
  };
  /**
   * Sizes in bytes, times in seconds.
   */
  readonly limits?: {
    readonly tool_timeout?: number;
    readonly max_response_size?: number;
    readonly max_tools_in_response?: number;
    readonly default_page_size?: number;
    readonly requests_per_second?: number;
    readonly burst?: number;
  };
  /**
   * Where credentials and sessions are kept.
   */
  readonly store?: {
    /**
     * A connection string.
     */
    readonly postgres?: string;
  };
  /**
   * The Kubiya cloud.
   */
  readonly kubiya?: {
    readonly base_url?: string;
  };
}
