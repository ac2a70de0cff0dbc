import { openAudit } from "../audit/open.ts";
import type { Audit } from "../audit/types.ts";
import { EXIT, type ExitCode } from "../cli/types.ts";
import { openPolicies, type Outside, type Parts } from "./open.ts";
import type { Config, LoadConfig } from "../config/types.ts";
import type { Reload } from "../decision/reload.ts";
import { createEnforcement } from "../enforcement/enforce.ts";
import type { World } from "../facts/types.ts";
import { buildInput } from "../input/build.ts";
import { type Fault, faultLine } from "../lib/fault.ts";
import type { Log } from "../lib/log.ts";
import { createLog, type LogSetting } from "../observe/log.ts";
import { openKeyring } from "./keyring.ts";
import { startSweep } from "./sweep.ts";

/** Serves one client over stdio until it is gone, and gives the exit code. */
export async function serve(parts: Parts, loadConfig: LoadConfig): Promise<ExitCode> {
  const { outside, shipped, newId } = parts;
  const loaded = await loadConfig();
  if (!loaded.ok) return refuse(outside, loaded.failure);
  const { config } = loaded.value;
  let logging = (): Config["logging"] => config.logging;
  const log = logTo(outside, { level: () => logging().level, json: config.production });

  let heard = (_reload: Reload): void => {};
  const opening = { loadConfig, log, onReload: (reload: Reload) => heard(reload) };
  // The protocol's library is large: it is read while a thread vets the policies, and by no other command.
  const [policies, { startStdio }] = await Promise.all([
    openPolicies(parts, opening),
    import("../server/stdio.ts"),
  ]);
  if (!policies.ok) return refuse(outside, policies.failure);
  const { current, close } = policies.value;
  logging = () => current().world.config.logging;
  warnOfGaps(current().world, log);

  const opened = await openAudit({ dir: config.audit_dir, clock: Date.now, newId, log });
  if (!opened.ok) {
    await close();
    outside.stderr.write(`${opened.failure.detail}\n`);
    return EXIT.outside;
  }
  const audit = opened.value;
  const keyring = await openKeyring(config, { newId, log });
  if (!keyring.ok) {
    await audit.close();
    await close();
    outside.stderr.write(`${keyring.failure.detail}\n`);
    return EXIT.outside;
  }
  const { authenticate, clock, keepAlive, planDeed, perform } = keyring.value;
  const server = startStdio({
    stdin: outside.stdin,
    stdout: outside.stdout,
    version: shipped.version,
    enforcement: createEnforcement({
      ...{ audit, buildInput, clock, log, keepAlive, planDeed, perform },
    }),
    authenticate,
    credential: async () => {
      const anew = await loadConfig();
      return anew.ok ? anew.value.config.caller_credential : config.caller_credential;
    },
    idleMs: ({ world: { config: now } }) => (now.require_auth ? now.session_timeout * 1000 : null),
    current,
    newId,
    clock,
    log,
  });
  heard = (reload) => {
    tell(reload, { audit, log });
    warnOfRestart(config, current().world.config, log);
    if (reload.faults.length > 0) return;
    if (reload.what === "config_reload") warnOfGaps(current().world, log);
    server.toolsChanged();
  };
  const { revision, world } = current();
  const facts = { revision, facts: world.digest, version: shipped.version };
  await audit.event({ event: "server_start", result: "success", facts });
  log.info("serving over stdio", { revision, tools: world.toolbox.catalogue.size });
  outside.onEnd(() => void server.close());
  const sweeping = startSweep(parts, config, log);

  await server.closed;
  await sweeping.stop();
  await close();
  await keyring.value.close();
  await audit.event({ event: "server_stop", result: "success", facts });
  await audit.close();
  return EXIT.yes;
}

/** A log on stderr. */
export function logTo({ stderr }: Outside, setting: Pick<LogSetting, "level" | "json">): Log {
  return createLog({ ...setting, json: setting.json || stderr.isTTY !== true, stream: stderr });
}

function refuse({ stderr }: Outside, faults: readonly Fault[]): ExitCode {
  for (const fault of faults) stderr.write(`${faultLine(fault)}\n`);
  return EXIT.configuration;
}

/** Says of a reload whether it took effect, to the operator and to the trail. */
function tell(
  { what, faults, revision, facts }: Reload,
  { audit, log }: { readonly audit: Audit; readonly log: Log },
): void {
  const lines = faults.map(faultLine);
  const result = lines.length === 0 ? "success" : "failure";
  if (lines.length === 0) log.info("reloaded", { what, revision, facts });
  for (const line of lines) log.error(`not reloaded, the last good one goes on: ${line}`, { what });
  // A trail that cannot be written refuses the next call by itself.
  void audit.event({ event: what, result, facts: { revision, facts, faults: lines } });
}

/** What somebody may miss: names that nothing offers. */
function warnOfGaps({ toolbox, facts }: World, log: Log): void {
  const offered = new Set(toolbox.catalogue.keys());
  const missing = Object.keys(facts.whitelist ?? {}).filter((name) => !offered.has(name));
  for (const name of missing) log.warn(`whitelisted_tools: nothing offers a tool called ${name}`);
}

const AFTER_RESTART = ["state_dir", "audit_dir", "production"] as const;

function warnOfRestart(started: Config, now: Config, log: Log): void {
  for (const field of AFTER_RESTART) {
    if (started[field] !== now[field]) log.warn(`${field}: the change waits for a restart`);
  }
}
