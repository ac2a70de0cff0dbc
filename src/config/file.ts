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
   * Whole seconds without a request after which a session ends.
   */
  readonly session_timeout?: number;
  /**
   * Whether what is not safe enough for production is refused.
   */
  readonly production?: boolean;
  /**
   * Whether anything may run; reading stays.
   */
  readonly enable_runners?: boolean;
  /**
   * The runners that may be used; an empty list allows none.
   *
   * Items: A name, exact or ending in `*`.
   */
  readonly allowed_runners?: readonly string[];
  /**
   * The runner that `default` stands for.
   */
  readonly default_runner?: string;
  /**
   * Whether tools that change the platform are offered.
   */
  readonly allow_platform_apis?: boolean;
  /**
   * Whether an organisation's policies have a say.
   */
  readonly enable_opa_policies?: boolean;
  /**
   * Whether everything is logged, authentication too.
   */
  readonly verbose_logging?: boolean;
  /**
   * The tools that exist: objects define one, texts name one of any source; an empty list allows none.
   */
  readonly whitelisted_tools?: (
    | string
    | {
        /**
         * A unique name of at most 64 letters, digits, `_`, `.` and `-`; the program's name where there is neither `content` nor `entrypoint`.
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
         * The container image it runs in, `name@sha256:...` pins it; without one it is a process on this machine.
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
         * Seconds after which it is ended; left out: `limits.tool_timeout`.
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
           * A name of letters, digits and `_`; it arrives as the environment variable of this name.
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
           * Whether its value is hidden in the audit trail and in logs.
           */
          readonly secret?: boolean;
          /**
           * The values it may have.
           *
           * @minItems 1
           */
          readonly options?: [unknown, ...readonly unknown[]];
        }[];
        /**
         * More of its environment.
         *
         * Items: `NAME=value`, or the `NAME` of a variable of the server's environment.
         */
        readonly env?: readonly string[];
        /**
         * Variables of the server's environment whose values are hidden in all the tool says.
         *
         * Items: The name of a variable of the server's environment.
         */
        readonly secrets?: readonly string[];
        /**
         * Files it finds when it starts.
         *
         * Items: A file.
         */
        readonly with_files?: {
          /**
           * Where it finds the file: in its working directory, or absolute in its container; without `:`.
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
         * Folders of this machine that its container or sandbox sees.
         *
         * Items: A volume.
         */
        readonly with_volumes?: {
          /**
           * An absolute path on this machine, without `:`.
           */
          readonly source: string;
          /**
           * An absolute path in the container or sandbox, without `:`.
           */
          readonly path: string;
          /**
           * Whether it may only be read.
           */
          readonly read_only?: boolean;
        }[];
        /**
         * Whether its container or sandbox has a network.
         */
        readonly network?: boolean;
        /**
         * When its image is pulled.
         */
        readonly pull?: "missing" | "always" | "never";
        /**
         * Its container's memory, `256m` where nothing is said; of a process, the most address space that each of its processes may have. A number with `b`, `k`, `m` or `g`.
         */
        readonly memory?: string;
        /**
         * Its container's processors; a process has no such limit.
         */
        readonly cpus?: number;
        /**
         * How many processes its container may have; a process has no such limit.
         */
        readonly pids?: number;
        /**
         * What confines it as a process: with `bubblewrap` it sees the system's programs and its volumes, and writes only into folders of its own.
         */
        readonly sandbox?: "none" | "bubblewrap";
      }
  )[];
  /**
   * Roles by name. Several roles add up role by role.
   */
  readonly roles?: {
    /**
     * What a role may do.
     */
    readonly [k: string]: {
      /**
       * What the role may do; `*` is all.
       *
       * Items: A permission.
       */
      readonly permissions: (
        | "tools:execute"
        | "tools:list"
        | "runners:read"
        | "runners:manage"
        | "agents:read"
        | "agents:manage"
        | "scripts:execute"
        | "*"
      )[];
      /**
       * The tools of the role; left out: all, an empty list: none.
       *
       * Items: A name, exact or ending in `*`.
       */
      readonly allowed_tools?: readonly string[];
    };
  };
  /**
   * The networks that callers may come from; an empty list allows none. Not asked on stdio.
   *
   * Items: A network (CIDR), as 10.0.0.0/8.
   */
  readonly allowed_ips?: readonly string[];
  /**
   * The folder of what the server keeps.
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
     * The file of the key that bundles are signed with.
     */
    readonly public_key?: string;
    /**
     * The algorithm of the signature, as RS256.
     */
    readonly algorithm?: string;
    /**
     * Policies that are asked, recorded, and not obeyed.
     */
    readonly shadow?: string;
  };
  /**
   * Serving over HTTP.
   */
  readonly http?: {
    /**
     * The address to listen on.
     */
    readonly host?: string;
    /**
     * The port to listen on; 0 picks a free one. With one the server speaks HTTP.
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
       * The file of the certificate.
       */
      readonly cert: string;
      /**
       * The file of its key.
       */
      readonly key: string;
    };
    /**
     * The Host headers that are answered.
     *
     * Items: A host, as mcp.example.com.
     */
    readonly allowed_hosts?: readonly string[];
    /**
     * The Origin headers that are answered.
     *
     * Items: An origin, as https://example.com.
     */
    readonly allowed_origins?: readonly string[];
    /**
     * The networks of proxies whose X-Forwarded-For counts.
     *
     * Items: A network (CIDR), as 10.0.0.0/8.
     */
    readonly trusted_proxies?: readonly string[];
  };
  /**
   * Other MCP servers whose tools are offered as `name_tool`: the object that clients use.
   */
  readonly mcpServers?: {
    /**
     * A server that is started (`command`) or reached (`url`); what only clients read is ignored.
     */
    readonly [k: string]: {
      /**
       * The program to start.
       */
      readonly command?: string;
      /**
       * Its arguments.
       *
       * Items: An argument.
       */
      readonly args?: readonly string[];
      /**
       * All of its environment, by name; ${NAME} is a variable of the server's, ${file:PATH} a file's content.
       */
      readonly env?: {
        /**
         * A value.
         */
        readonly [k: string]: string;
      };
      /**
       * The folder it starts in.
       */
      readonly cwd?: string;
      /**
       * Where it is.
       */
      readonly url?: string;
      /**
       * What each request to it carries, by name; ${NAME} and ${file:PATH} as in `env`.
       */
      readonly headers?: {
        /**
         * A value.
         */
        readonly [k: string]: string;
      };
      /**
       * Whether it is started with this server instead of at its first call.
       */
      readonly eager?: boolean;
      /**
       * Seconds a call may take.
       */
      readonly timeout?: number;
      /**
       * Whether it is left out.
       */
      readonly disabled?: boolean;
      /**
       * What it may ask the client of a call for, while that call runs.
       *
       * Items: `elicitation`: something that a person enters; `sampling`: the words of a model.
       */
      readonly allow?: ("elicitation" | "sampling")[];
    };
  };
  /**
   * Tokens of an external issuer.
   */
  readonly jwt?: {
    /**
     * Who issues the tokens, exactly as in `iss`.
     */
    readonly issuer?: string;
    /**
     * Whom they are for, exactly as in `aud`.
     */
    readonly audience?: string;
    /**
     * Where the issuer's keys are.
     */
    readonly jwks_uri?: string;
    /**
     * The claim that names the user.
     */
    readonly user_claim?: string;
    /**
     * The claim that names the roles.
     */
    readonly roles_claim?: string;
  };
  /**
   * The audit trail.
   */
  readonly audit?: {
    /**
     * The folder of the trail; left out: `audit` in `state_dir`.
     */
    readonly dir?: string;
    /**
     * The size at which a new file is begun; a new UTC day begins one too.
     */
    readonly max_file_bytes?: number;
    /**
     * Days that a whole file is kept after its last record; left out: for good.
     */
    readonly retention_days?: number;
    /**
     * The file of the private Ed25519 key (PEM) that checkpoints are signed with; left out: one that is made in `state_dir`.
     */
    readonly checkpoint_key?: string;
  };
  /**
   * Where alerts go, beside the log and the audit trail.
   */
  readonly alerts?: {
    /**
     * Where alerts are sent: https, or http on this machine.
     */
    readonly webhook_url?: string;
    /**
     * What they are signed with: `whsec_` and the base64 of 24 to 64 random bytes (Standard Webhooks).
     */
    readonly secret?: string;
  };
  /**
   * Sizes in bytes, times in seconds.
   */
  readonly limits?: {
    /**
     * Seconds after which a tool is ended.
     */
    readonly tool_timeout?: number;
    /**
     * Bytes of a tool's output that reach the caller.
     */
    readonly max_response_size?: number;
    /**
     * Tools in one page of a list.
     */
    readonly max_tools_in_response?: number;
    /**
     * Entries in one page of anything else.
     */
    readonly default_page_size?: number;
    /**
     * Requests a caller may make in a second.
     */
    readonly requests_per_second?: number;
    /**
     * Requests a caller may make at once.
     */
    readonly burst?: number;
  };
  /**
   * Where credentials and sessions are kept.
   */
  readonly store?: {
    /**
     * A connection string, for several servers that share one store.
     */
    readonly postgres?: string;
  };
  /**
   * The Kubiya cloud.
   */
  readonly kubiya?: {
    /**
     * Where its API is.
     */
    readonly base_url?: string;
  };
}
