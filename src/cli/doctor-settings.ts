import { stat } from "node:fs/promises";
import { isLoopback } from "../lib/address.ts";
import { done } from "../lib/outcome.ts";
import { type Examined, fail, type Found, ok, warn } from "./doctor-found.ts";
import { flagsOf } from "./typed.ts";

/** What the configuration says of itself: empty lists, fields that do nothing. */
export async function lookAtWarnings({ config, warnings }: Examined): Promise<readonly Found[]> {
  if (warnings.length === 0)
    return [ok(config.file ?? `${config.config_path} is not there: all is as it is by default`)];
  return warnings.map(({ path, field, message, mend }) =>
    warn(`${path}: ${field} ${message}`, mend),
  );
}

/** Whether the policies could be used by a server that starts now. */
export async function lookAtPolicies({ host, typed, config }: Examined): Promise<readonly Found[]> {
  const { policies } = config;
  const missing = policies.enabled && !policies.named && !(await isThere(policies.path));
  const loadConfig = host.loadConfig(flagsOf(typed));
  const opened = await host.openPolicies(async () => {
    const loaded = await loadConfig();
    // Its warnings have a row of their own.
    return loaded.ok ? done({ ...loaded.value, warnings: [] }) : loaded;
  });
  if (!opened.ok) {
    return opened.failure.map(({ path, message, mend }) => fail(`${path}: ${message}`, mend));
  }
  const { revision } = opened.value.current();
  await opened.value.close();
  if (policies.enabled && missing) {
    const mend = "put them there (kubiya policy init), or take enable_opa_policies away";
    return [warn(`${policies.path} is not there: the built-in policies decide alone`, mend)];
  }
  return [ok(`they decide (${policies.enabled ? policies.path : "built-in alone"}, ${revision})`)];
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The one client on stdio is let in by what is configured, or not at all. */
export async function lookAtCaller({ config }: Examined): Promise<readonly Found[]> {
  const { require_auth: required, http, caller_credential_from: from } = config;
  if (http.port !== null) return [ok("each request over HTTP brings its own credential")];
  if (from !== null) return [ok(`on stdio: ${from} (kubiya auth status says whether it holds)`)];
  if (!required) return [ok("on stdio: anonymous")];
  const mend =
    "set KUBIYA_API_KEY, KUBIYA_API_KEY_FILE or api_key to a key of kubiya auth key create --name NAME";
  return [warn("nobody is let in on stdio: there is no credential", mend)];
}

/** Who can reach it, and who can read along. What is worse than these the configuration refuses itself. */
export async function lookAtExposure({ config }: Examined): Promise<readonly Found[]> {
  const { host, port, tls, trusted_proxies: proxies } = config.http;
  if (port === null) return [ok("over stdio nobody else can reach it")];
  if (isLoopback(host)) {
    if (config.require_auth) return [ok(`${host}: this machine alone`)];
    const all = `every program and every user of this machine may call as anonymous on ${host}`;
    return [warn(all, "set require_auth")];
  }
  if (tls !== null) return [ok(`${host}: with TLS, and everybody authenticates`)];
  if (proxies.length > 0) return [ok(`${host}: everybody authenticates; TLS is the proxy's`)];
  return [
    warn(`${host}: credentials travel in the clear`, "set http.tls, and leave --insecure-http out"),
  ];
}

/** What is logged for somebody who looks for a fault is too much for every day. */
export async function lookAtDebug({ config }: Examined): Promise<readonly Found[]> {
  const { level, debug } = config.logging;
  const mend = "leave --debug, --verbose, DEBUG, KUBIYA_DEBUG, LOG_LEVEL and verbose_logging out";
  if (debug) return [warn("debug is on: everything is logged, with stacks", mend)];
  if (level === "debug") return [warn("everything is logged", mend)];
  return [ok(`log level ${level}`)];
}
