import { join } from "node:path";
import { alertsOf } from "./alerts.ts";
import { createSecret } from "../lib/secret.ts";
import { textOf } from "./environment.ts";
import type { ConfigFile } from "./file.ts";
import { canonicalNetwork } from "../lib/networks.ts";
import { httpOf } from "./http.ts";
import { kubiyaOf } from "./kubiya.ts";
import { proxiesOf } from "./proxies.ts";
import type { Said } from "./said.ts";
import type {
  AuditSetting,
  Config,
  Limits,
  Loaded,
  PoliciesSetting,
  ToolDefinition,
} from "./types.ts";
import { warningsOf } from "./warnings.ts";

const LIMITS: Limits = {
  rate: null,
  tool_timeout: 300,
  max_response_size: 51_200,
  max_tools_in_response: 50,
  default_page_size: 20,
};

const AUDIT_FILE_BYTES = 67_108_864;

/** Puts together what was said: flags over environment over file over defaults. */
export function settle(said: Said): Loaded {
  const { file, flags, switches, environment } = said;
  const state = stateDir(said);
  const apiKey = said.apiKey ?? (file.api_key === undefined ? null : createSecret(file.api_key));
  const config: Config = {
    file: said.path,
    config_path: said.lookedFor,
    state_dir: state,
    caller_credential: said.authToken ?? apiKey,
    caller_credential_from: callerCredentialFrom(said),
    api_key: apiKey,
    require_auth: flags.require_auth ?? switches.requireAuth.value ?? file.require_auth ?? false,
    session_timeout: flags.session_timeout ?? file.session_timeout ?? 1800,
    production: flags.production ?? file.production ?? false,
    enable_runners:
      flags.enable_runners ?? switches.enableRunners.value ?? file.enable_runners ?? true,
    allowed_runners: flags.allowed_runners ?? file.allowed_runners ?? null,
    default_runner: textOf(environment, "KUBIYA_DEFAULT_RUNNER") ?? file.default_runner ?? "local",
    allow_platform_apis:
      flags.allow_platform_apis ??
      switches.allowPlatformApis.value ??
      file.allow_platform_apis ??
      false,
    whitelist: flags.whitelisted_tools ?? whitelistOf(file),
    tools: definitionsOf(said),
    roles: file.roles ?? {},
    allowed_ips: file.allowed_ips?.map(network) ?? null,
    container_engine: file.container_engine ?? "auto",
    policies: policiesOf(said),
    limits: limitsOf(file),
    logging: loggingOf(said),
    audit: auditOf(said, state),
    jwt: jwtOf(file),
    alerts: alertsOf(file),
    kubiya: kubiyaOf(said, apiKey),
    proxies: proxiesOf(environment),
    store: {
      postgres: file.store?.postgres === undefined ? null : createSecret(file.store.postgres),
    },
    http: httpOf(said),
    mcpServers: said.upstreams,
    mcpServerNames: Object.keys(file.mcpServers ?? {}),
    path: textOf(environment, "PATH") ?? "/usr/local/bin:/usr/bin:/bin",
    environment,
  };
  return { config, warnings: [...said.warnings, ...warningsOf(said, config)] };
}

function callerCredentialFrom({
  file,
  environment,
  authToken,
  apiKey,
}: Said): Config["caller_credential_from"] {
  const variable = (name: string): string =>
    textOf(environment, name) === undefined ? `${name}_FILE` : name;
  if (authToken !== null) return variable("KUBIYA_AUTH_TOKEN");
  if (apiKey !== null) return variable("KUBIYA_API_KEY");
  return file.api_key === undefined ? null : "api_key";
}

function stateDir({ file, environment, pathInFile, pathHere }: Said): string {
  const named = textOf(environment, "KUBIYA_STATE_DIR");
  return named === undefined ? pathInFile(file.state_dir ?? "~/.kubiya/mcp") : pathHere(named);
}

function policiesOf({ file, flags, switches, pathInFile, pathHere }: Said): PoliciesSetting {
  if (flags.policies !== undefined) {
    return { enabled: true, path: pathHere(flags.policies), named: true };
  }
  const enabled =
    flags.enable_opa_policies ?? switches.opaEnforce.value ?? file.enable_opa_policies ?? false;
  if (!enabled) return { enabled: false };
  const path = file.policies?.path;
  const named = path !== undefined || (flags.production ?? file.production ?? false);
  return { enabled: true, path: pathInFile(path ?? "~/.kubiya/policies"), named };
}

/** `--debug`, `--verbose`, then the environment's words, then the file's. */
function loggingOf({ file, flags, switches }: Said): Config["logging"] {
  const debug = flags.debug ?? switches.kubiyaDebug.value ?? switches.debug.value ?? false;
  if (debug || flags.verbose === true) return { level: "debug", debug };
  const level = switches.level.value ?? (file.verbose_logging === true ? "debug" : "info");
  return { level, debug };
}

/** What the file says of limits, over the defaults. */
export function limitsOf({ limits = {} }: ConfigFile): Limits {
  return {
    tool_timeout: limits.tool_timeout ?? LIMITS.tool_timeout,
    max_response_size: limits.max_response_size ?? LIMITS.max_response_size,
    max_tools_in_response: limits.max_tools_in_response ?? LIMITS.max_tools_in_response,
    default_page_size: limits.default_page_size ?? LIMITS.default_page_size,
    rate: rateOf(limits),
  };
}

/** Where nothing is said of a burst it is what a second lets through, and at least one. */
function rateOf({
  requests_per_second: per_second,
  burst,
}: NonNullable<ConfigFile["limits"]>): Limits["rate"] {
  if (per_second === undefined) return null;
  return { per_second, burst: burst ?? Math.max(1, Math.ceil(per_second)) };
}

function auditOf({ file: { audit = {} }, pathInFile }: Said, state: string): AuditSetting {
  const { dir, max_file_bytes: bytes = AUDIT_FILE_BYTES, retention_days: days = null } = audit;
  return {
    dir: dir === undefined ? join(state, "audit") : pathInFile(dir),
    max_file_bytes: bytes,
    retention_days: days,
    checkpoint_key: audit.checkpoint_key === undefined ? null : pathInFile(audit.checkpoint_key),
  };
}

/** Checked before: a setting without issuer and audience never gets here. */
function jwtOf({ jwt }: ConfigFile): Config["jwt"] {
  if (jwt?.issuer === undefined || jwt.audience === undefined) return null;
  const { issuer, audience, jwks_uri = null, user_claim = "sub", roles_claim = "roles" } = jwt;
  return { issuer, audience, jwks_uri, user_claim, roles_claim };
}

/** Where nothing says what tools exist, those that are defined do. */
function whitelistOf({ whitelisted_tools: entries }: ConfigFile): readonly string[] | null {
  return entries?.map((entry) => (typeof entry === "string" ? entry : entry.name)) ?? null;
}

/** Names on the command line replace the list; definitions of the same names stay. */
function definitionsOf({ file, flags, pathInFile }: Said): readonly ToolDefinition[] {
  const defined = (file.whitelisted_tools ?? []).filter((entry) => typeof entry !== "string");
  const { whitelisted_tools: names } = flags;
  return defined
    .filter(({ name }) => names === undefined || names.includes(name))
    .map((tool) => withSources(tool, pathInFile));
}

function withSources(tool: ToolDefinition, pathInFile: (path: string) => string): ToolDefinition {
  if (tool.with_files === undefined) return tool;
  const files = tool.with_files.map((file) =>
    file.source === undefined ? file : { ...file, source: pathInFile(file.source) },
  );
  return { ...tool, with_files: files };
}

/** Checked before; what is no network never gets here. */
function network(written: string): string {
  const canonical = canonicalNetwork(written);
  return canonical.ok ? canonical.value : written;
}
