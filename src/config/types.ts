import type { Fault } from "../lib/fault.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";
import type { ConfigFile } from "./file.ts";
import type { Proxies } from "./proxies.ts";

export type { Proxies, ProxySetting } from "./proxies.ts";

/** A tool that the configuration defines, as written: absent fields are absent. */
export type ToolDefinition = Exclude<NonNullable<ConfigFile["whitelisted_tools"]>[number], string>;

/** A role that the configuration defines, as written. */
export type RoleDefinition = NonNullable<ConfigFile["roles"]>[string];

/**
 * The configuration after defaults < file < environment < flags. Members are called what they are
 * called in the file, so that one name goes from the file to the policy. Null: not set, no limit.
 */
export interface Config {
  /** The file that was read; null where there was none. */
  readonly file: string | null;
  /** Where that file is looked for, whether it is there or not. */
  readonly config_path: string;
  readonly state_dir: string;
  /** The credential of the caller on stdio: the token when both are set. */
  readonly caller_credential: Secret | null;
  /** The variable of the environment or the field of the file that it stands in. */
  readonly caller_credential_from: string | null;
  /** The credential for the Kubiya cloud. */
  readonly api_key: Secret | null;
  readonly require_auth: boolean;
  /** Seconds. */
  readonly session_timeout: number;
  readonly production: boolean;
  readonly enable_runners: boolean;
  readonly allowed_runners: readonly string[] | null;
  readonly default_runner: string;
  readonly allow_platform_apis: boolean;
  /** Names that close the set of tools; null where there is no whitelist. */
  readonly whitelist: readonly string[] | null;
  /** The tools that the whitelist defines. */
  readonly tools: readonly ToolDefinition[];
  readonly roles: Readonly<Record<string, RoleDefinition>>;
  /** Canonical CIDRs, mapped IPv4 folded. */
  readonly allowed_ips: readonly string[] | null;
  readonly container_engine: "auto" | "docker" | "podman" | "none";
  readonly policies: PoliciesSetting;
  readonly limits: Limits;
  readonly logging: {
    readonly level: "error" | "warn" | "info" | "debug";
    /** Stacks beside errors. */
    readonly debug: boolean;
  };
  readonly audit: AuditSetting;
  /** Tokens of an external issuer; null: none count. */
  readonly jwt: JwtSetting | null;
  /** Null: alerts go to the log and the trail alone. */
  readonly alerts: AlertSetting | null;
  /** Null: nothing goes to the Kubiya cloud, and none of its keys lets anybody in. */
  readonly kubiya: KubiyaSetting | null;
  readonly proxies: Proxies;
  readonly store: {
    /** A connection string; null: a file in `state_dir`. */
    readonly postgres: Secret | null;
  };
  readonly http: HttpSetting;
  /** Other MCP servers, without those that are off. Names are unique, and no name begins like another's tools. */
  readonly mcpServers: readonly UpstreamSetting[];
  /** The names of all of them, also of those that are off. */
  readonly mcpServerNames: readonly string[];
  /** The value of PATH that tools are given and programs are looked up on. */
  readonly path: string;
  /** The server's environment, for the `env` and `secrets` that tools name. Never logged. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An organisation's policies: off, or a path to a directory of `.rego` or to a bundle. */
export type PoliciesSetting =
  | { readonly enabled: false }
  | {
      readonly enabled: true;
      readonly path: string;
      /** Whether it must be there: somebody named it, or `production` is on. Otherwise it may be missing. */
      readonly named: boolean;
    };

/** The audit trail, with absolute paths. */
export interface AuditSetting {
  readonly dir: string;
  readonly max_file_bytes: number;
  /** Null: for good. */
  readonly retention_days: number | null;
  /** A private Ed25519 key in PEM form; null: one that is made in `state_dir`. */
  readonly checkpoint_key: string | null;
}

/** Whose tokens count, and what their claims mean. */
export interface JwtSetting {
  readonly issuer: string;
  readonly audience: string;
  /** Null: where the issuer's own metadata says. */
  readonly jwks_uri: string | null;
  readonly user_claim: string;
  readonly roles_claim: string;
}

/** Where the Kubiya cloud is. */
export interface KubiyaSetting {
  /** https, or http on this machine; with or without the path of one version of its API. */
  readonly base_url: string;
}

/** Where alerts are sent. */
export interface AlertSetting {
  /** Often a secret by itself. */
  readonly webhook_url: Secret;
  /** `whsec_` and the base64 of a key. */
  readonly secret: Secret;
}

/** Serving over HTTP. */
export interface HttpSetting {
  readonly host: string;
  /** 0 picks a free one; null: over stdio, and nothing else here counts. */
  readonly port: number | null;
  /** What clients call this server; null: the address that it listens on. */
  readonly public_url: string | null;
  /** Absolute paths of the files. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Beside the names of this machine itself. */
  readonly allowed_hosts: readonly string[];
  readonly allowed_origins: readonly string[];
  /** Canonical CIDRs, mapped IPv4 folded. */
  readonly trusted_proxies: readonly string[];
}

/** Another MCP server whose tools are offered. */
export interface UpstreamSetting {
  readonly name: string;
  /** Whether it is started with this server instead of at its first use. */
  readonly eager: boolean;
  /** Seconds that a call may take: its own, or `limits.tool_timeout`. */
  readonly timeout: number;
  /** What of the client's side it may ask for while a call of that client runs. */
  readonly allow: readonly ("elicitation" | "sampling")[];
  readonly reach: ProgramReach | AddressReach;
}

/** A server that is a program, which is started. */
export interface ProgramReach {
  readonly kind: "program";
  /** A name that is looked up on the PATH of `env`, or of the server where that has none; or a path. */
  readonly command: string;
  readonly args: readonly string[];
  /** All of its environment: nothing of the server's own is added. */
  readonly env: Readonly<Record<string, GivenValue>>;
  readonly cwd: string;
}

/** A server that is reached over HTTP. */
export interface AddressReach {
  readonly kind: "address";
  /** http or https, without a credential in it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, GivenValue>>;
}

/** A value that is never shown; where it came from says how likely it is a secret. */
export interface GivenValue {
  readonly value: Secret;
  readonly from: "text" | "environment" | "file";
}

/** Sizes in bytes, times in seconds. */
export interface Limits {
  readonly tool_timeout: number;
  readonly max_response_size: number;
  readonly max_tools_in_response: number;
  readonly default_page_size: number;
  /** Null: a caller may ask as fast as it can. */
  readonly rate: RateLimit | null;
}

/** How fast one caller may ask. */
export interface RateLimit {
  readonly per_second: number;
  /** Requests at once. */
  readonly burst: number;
}

/** A configuration that can be used, and what a person should know about it. */
export interface Loaded {
  readonly config: Config;
  readonly warnings: readonly Fault[];
}

/** What the command line says about the configuration, each well formed. Absent: not given. */
export interface Flags {
  readonly config?: string | undefined;
  readonly require_auth?: boolean | undefined;
  readonly production?: boolean | undefined;
  /** Seconds. */
  readonly session_timeout?: number | undefined;
  readonly enable_opa_policies?: boolean | undefined;
  readonly policies?: string | undefined;
  readonly enable_runners?: boolean | undefined;
  readonly allowed_runners?: readonly string[] | undefined;
  readonly whitelisted_tools?: readonly string[] | undefined;
  readonly allow_platform_apis?: boolean | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Credentials may be sent in the clear. */
  readonly insecure_http?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly debug?: boolean | undefined;
}

/** Reads the configuration anew. Every fault at once. */
export type LoadConfig = () => Promise<Outcome<Loaded, readonly Fault[]>>;

/** Where a configuration is looked for. */
export interface ConfigPlace {
  readonly path: string;
  /** Whether somebody named it: then it must be there. */
  readonly named: boolean;
  /** Whether a server that is told of none looks there. */
  readonly usual: boolean;
}

/** A file in which an MCP client is told of its servers. */
export interface ClientFile {
  /** As it is named on the command line. */
  readonly client: "claude-desktop" | "cursor" | "vs-code" | "claude-code";
  readonly title: string;
  readonly path: string;
  /** The member that its servers stand in. */
  readonly servers: "mcpServers" | "servers";
  /** Whether a server that is a program says `"type": "stdio"`. */
  readonly saysType: boolean;
}
