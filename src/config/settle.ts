import { join } from "node:path";
import type { Fault } from "../lib/fault.ts";
import type { Secret } from "../lib/secret.ts";
import { createSecret } from "../lib/secret.ts";
import type { Environment, Read } from "./environment.ts";
import type { ConfigFile } from "./file.ts";
import { canonicalNetwork } from "./networks.ts";
import type { Config, Flags, Limits, Loaded, PoliciesSetting, ToolDefinition } from "./types.ts";

/** Everything that was said about the configuration, checked. */
export interface Said {
  readonly file: ConfigFile;
  readonly path: string | null;
  readonly warnings: readonly Fault[];
  readonly flags: Flags;
  readonly switches: Switches;
  readonly environment: Environment;
  readonly apiKey: Secret | null;
  readonly authToken: Secret | null;
  readonly sessionTimeout: number | null;
  /** A path of the file: relative to the file. A path of the command line: relative to where it was typed. */
  readonly pathInFile: (path: string) => string;
  readonly pathHere: (path: string) => string;
}

interface Switches {
  readonly opaEnforce: Read<boolean>;
  readonly requireAuth: Read<boolean>;
  readonly enableRunners: Read<boolean>;
  readonly allowPlatformApis: Read<boolean>;
  readonly debug: Read<boolean>;
  readonly kubiyaDebug: Read<boolean>;
  readonly level: Read<Config["logging"]["level"]>;
}

const LIMITS: Limits = {
  tool_timeout: 300,
  max_response_size: 51_200,
  max_tools_in_response: 50,
  default_page_size: 20,
};

/** Puts together what was said: flags over environment over file over defaults. */
export function settle(said: Said): Loaded {
  const { file, flags, switches, environment, pathInFile } = said;
  const state = pathInFile(environment["KUBIYA_STATE_DIR"] ?? file.state_dir ?? "~/.kubiya/mcp");
  const apiKey = said.apiKey ?? (file.api_key === undefined ? null : createSecret(file.api_key));
  const config: Config = {
    file: said.path,
    state_dir: state,
    caller_credential: said.authToken ?? apiKey,
    api_key: apiKey,
    require_auth: flags.require_auth ?? switches.requireAuth.value ?? file.require_auth ?? false,
    session_timeout: said.sessionTimeout ?? file.session_timeout ?? 1800,
    production: flags.production ?? file.production ?? false,
    enable_runners:
      flags.enable_runners ?? switches.enableRunners.value ?? file.enable_runners ?? true,
    allowed_runners: names(flags.allowed_runners) ?? file.allowed_runners ?? null,
    default_runner: environment["KUBIYA_DEFAULT_RUNNER"] ?? file.default_runner ?? "local",
    allow_platform_apis:
      flags.allow_platform_apis ??
      switches.allowPlatformApis.value ??
      file.allow_platform_apis ??
      false,
    whitelist: names(flags.whitelisted_tools) ?? whitelistOf(file),
    tools: definitionsOf(file).map((tool) => withSources(tool, pathInFile)),
    roles: file.roles ?? {},
    allowed_ips: file.allowed_ips === undefined ? null : file.allowed_ips.map(network),
    container_engine: file.container_engine ?? "auto",
    policies: policiesOf(said),
    limits: { ...LIMITS, ...file.limits },
    logging: loggingOf(said),
    audit_dir: file.audit?.dir === undefined ? join(state, "audit") : pathInFile(file.audit.dir),
    path: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    environment,
  };
  return { config, warnings: [...said.warnings, ...warningsOf(said, config)] };
}

function policiesOf({ file, flags, switches, pathInFile, pathHere }: Said): PoliciesSetting {
  if (flags.policies !== undefined)
    return { enabled: true, path: pathHere(flags.policies), named: true };
  const enabled =
    flags.enable_opa_policies ?? switches.opaEnforce.value ?? file.enable_opa_policies ?? false;
  if (!enabled) return { enabled: false };
  const path = file.policies?.path;
  const named = path !== undefined || (flags.production ?? file.production ?? false);
  return { enabled: true, path: pathInFile(path ?? "~/.kubiya/policies"), named };
}

function loggingOf({ file, flags, switches }: Said): Config["logging"] {
  const debug = flags.debug ?? switches.kubiyaDebug.value ?? switches.debug.value ?? false;
  const verbose = flags.verbose ?? file.verbose_logging ?? false;
  const level = debug ? "debug" : (switches.level.value ?? (verbose ? "debug" : "info"));
  return { level, debug };
}

/** Where nothing says what tools exist, those that are defined do. */
function whitelistOf({ whitelisted_tools: entries }: ConfigFile): readonly string[] | null {
  return entries?.map((entry) => (typeof entry === "string" ? entry : entry.name)) ?? null;
}

function definitionsOf({ whitelisted_tools: entries = [] }: ConfigFile): readonly ToolDefinition[] {
  return entries.filter((entry) => typeof entry !== "string");
}

function withSources(tool: ToolDefinition, pathInFile: (path: string) => string): ToolDefinition {
  if (tool.with_files === undefined) return tool;
  const files = tool.with_files.map((file) =>
    file.source === undefined ? file : { ...file, source: pathInFile(file.source) },
  );
  return { ...tool, with_files: files };
}

function warningsOf({ file, flags, environment }: Said, config: Config): readonly Fault[] {
  const path = config.file ?? "command line";
  const lists = ["whitelisted_tools", "allowed_runners", "allowed_ips"] as const;
  const empty = lists.filter((field) => file[field]?.length === 0);
  const unused =
    file.policies?.path !== undefined && !config.policies.enabled
      ? [
          {
            path,
            field: "policies.path",
            message: "is not asked: OPA policies are off",
            mend: "set `enable_opa_policies`",
          },
        ]
      : [];
  const platform = flags.allow_platform_apis ?? file.allow_platform_apis ?? false;
  return [
    ...empty.map((field) => ({
      path,
      field,
      message: "is empty, and so allows nothing",
      mend: "leave the field out for no limit",
    })),
    ...unused,
    ...(platform ? [notYet(path, "allow_platform_apis")] : []),
    ...(environment["KUBIYA_BASE_URL"] === undefined
      ? []
      : [notYet("environment", "KUBIYA_BASE_URL")]),
  ];
}

function notYet(path: string, field: string): Fault {
  return { path, field, message: "not available yet", mend: "it is ignored" };
}

/** Names with commas between them. */
function names(written: string | undefined): readonly string[] | null {
  if (written === undefined) return null;
  return written
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** Checked before; what is no network never gets here. */
function network(written: string): string {
  const canonical = canonicalNetwork(written);
  return canonical.ok ? canonical.value : written;
}
