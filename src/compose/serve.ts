import { setTimeout as delay } from "node:timers/promises";
import type { See } from "../alerts/types.ts";
import { createFlood } from "../audit/flood.ts";
import type { Audit, AuditFailure } from "../audit/types.ts";
import { EXIT, type ExitCode, type Refused } from "../cli/types.ts";
import type { Parts } from "./open.ts";
import type { Config, LoadConfig } from "../config/types.ts";
import type { Reload } from "../decision/reload.ts";
import type { Heard } from "../enforcement/types.ts";
import { faultLine } from "../lib/fault.ts";
import type { Log } from "../lib/log.ts";
import type { Outcome } from "../lib/outcome.ts";
import { startAlerts } from "./alerts.ts";
import { loadConfined } from "./confined.ts";
import { openFoundation } from "./foundation.ts";
import { loadFront } from "./front.ts";
import type { Keyring } from "./keyring.ts";
import { measuredAudit } from "./measured.ts";
import { countReload, createObserved } from "./observed.ts";
import { watchAudit } from "./ready.ts";
import { startSweep } from "./sweep.ts";
import { createWarnOfMissing, tellNoted } from "./told-tools.ts";

/** Who waits when the trail breaks is told that nothing ran. */
const LAST_ANSWERS_MS = 500;

/** Serves one client over stdio until it is gone, or many over HTTP until it is told to end; gives the exit code. */
export async function serve(parts: Parts, loadConfig: LoadConfig): Promise<ExitCode> {
  const { shipped, tell: say } = parts;
  const loaded = await loadConfig();
  if (!loaded.ok) {
    return refuse(say, { exit: EXIT.configuration, lines: loaded.failure.map(faultLine) });
  }
  const { config } = loaded.value;
  let logging = (): Config["logging"] => config.logging;
  const manner = { logging: () => logging(), production: config.production };
  const log = parts.logAs(manner);

  let heard = (_reload: Reload): void => {};
  const onReload = (reload: Reload): void => heard(reload);
  const overHttp = config.http.port !== null;
  const watching = createObserved({ ...parts, manner, log, overHttp });
  const counted = watching.then(({ metrics }) => metrics);
  // Its library is read while a thread vets the policies.
  const [founded, startFront, observed] = await Promise.all([
    openFoundation(parts, {
      config,
      loadConfig: loadConfined(loadConfig, parts),
      log,
      onReload,
      metrics: counted,
    }),
    loadFront(config),
    watching,
  ]);
  if (!founded.ok) return refuse(say, founded.failure);
  await using foundation = founded.value;
  const { current, keyring, upstreams, cloudRunners } = foundation;
  logging = () => current().world.config.logging;
  const warnOfMissing = createWarnOfMissing(log);
  warnOfMissing(current().world);

  let see: See = () => {};
  const { metrics } = observed;
  metrics?.watch("sessions", keyring.openSessions);
  const { audit: trail } = foundation;
  const measured = metrics === null ? trail : measuredAudit(trail, metrics);
  const watched = watchAudit(measured, () => see({ what: "failure", part: "audit" }));
  const { audit, ...flood } = createFlood(watched, Date.now);
  await using alerts = startAlerts({
    ...{ current, audit, keyring, newId: parts.newId, log },
    redactor: parts.redaction.redactor,
  });
  see = alerts.see;
  for (const _ of foundation.damagedChains) see({ what: "failure", part: "chain" });
  warnOfCredential(config, keyring, log);
  const { revision, world } = current();
  const facts = { revision, facts: world.digest, version: shipped.version };
  // Nobody is served by a server that the trail does not know of.
  const began = await audit.event({ event: "server_start", result: "success", facts });
  if (!began.ok) return refuse(say, { exit: EXIT.outside, lines: [began.failure.detail] });
  const stop = (result: "success" | "failure"): ReturnType<Audit["event"]> =>
    audit.event({ event: "server_stop", result, facts });
  const front = await startFront({
    ...{ parts, config, loadConfig, keyring, current, log, observed },
    heard: (decided) => {
      alerts.heard(decided);
      observed.heard(decided);
      if (isList(decided)) upstreams.freshen();
    },
    audit: { audit, works: trail.works },
    throttled: (source) => {
      flood.throttled(source);
      see({ what: "throttled", source });
    },
  });
  if (!front.ok) {
    const lines = [front.failure, ...unrecorded(await stop("failure"))];
    return refuse(say, { exit: EXIT.configuration, lines });
  }
  const server = front.value;
  heard = (reload) => {
    tell(reload, { audit, log });
    countReload(reload, observed);
    warnOfRestart(config, current().world.config, log);
    if (reload.faults.length > 0) return see({ what: "failure", part: "reload" });
    upstreams.use(current().world.config.mcpServers);
    cloudRunners.use(current().world.config);
    if (reload.what !== "policy_reload") warnOfMissing(current().world);
    server.changed();
  };
  log.info(`serving over ${overHttp ? "HTTP" : "stdio"}`, {
    revision,
    tools: world.toolbox.catalogue.size,
  });
  upstreams.onNoted((origin, noted) => tellNoted(origin, noted, { audit, log }));
  upstreams.use(config.mcpServers);
  cloudRunners.use(config);
  let broken: AuditFailure | null = null;
  const endBroken = async (): Promise<void> => {
    broken = await foundation.audit.broken;
    await delay(LAST_ANSWERS_MS, undefined, { ref: false });
    await server.close();
  };
  void endBroken();
  const sweeping = startSweep(parts, config, log);

  await server.closed;
  await sweeping.stop();
  observed.flush();
  // Nothing is recorded after the stop.
  heard = () => {};
  await alerts[Symbol.asyncDispose]();
  await flood.end();
  const lines = unrecorded(await stop("success"));
  if (broken !== null) return refuse(say, brokenTrail(broken));
  return lines.length === 0 ? EXIT.yes : refuse(say, { exit: EXIT.outside, lines });
}

/** Whether somebody is shown what there is. */
function isList(decided: Heard | null): boolean {
  return decided?.decision.allow === true && decided.input.action.endsWith("/list");
}

/** What is to be said where the end of a server could not be recorded. */
function unrecorded(stopped: Outcome<void, AuditFailure>): readonly string[] {
  if (stopped.ok) return [];
  return [`the end of the server is not in its audit trail: ${stopped.failure.detail}`];
}

/** Nobody knows what of the trail is on the disk: only a new start can read it. */
function brokenTrail({ detail }: AuditFailure): Refused {
  const line = `the server ended because its audit trail broke: ${detail}`;
  return { exit: EXIT.outside, lines: [line] };
}

function refuse(say: Parts["tell"], { exit, lines }: Refused): ExitCode {
  for (const line of lines) say(`${line}\n`);
  return exit;
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

/** The one client on stdio is let in by what is configured, or not at all. */
function warnOfCredential(config: Config, { gapOf }: Keyring, log: Log): void {
  const { caller_credential: credential, caller_credential_from: from } = config;
  const gap = credential === null ? null : gapOf(credential);
  if (gap !== null) log.warn(faultLine({ path: from ?? "", field: "", ...gap }));
  if (credential === null && config.require_auth && config.http.port === null) {
    log.warn(
      "nobody is let in: there is no credential (set KUBIYA_API_KEY or KUBIYA_AUTH_TOKEN, for example to a key of kubiya auth key create --name NAME)",
    );
  }
}

const AFTER_RESTART = ["state_dir", "production"] as const;
const AUDIT_AFTER_RESTART = ["dir", "max_file_bytes", "retention_days", "checkpoint_key"] as const;
const HTTP_AFTER_RESTART = ["host", "port", "tls"] as const;

function warnOfRestart(started: Config, now: Config, log: Log): void {
  const changed = [
    ...AFTER_RESTART.filter((field) => started[field] !== now[field]),
    ...AUDIT_AFTER_RESTART.filter((field) => started.audit[field] !== now.audit[field]).map(
      (field) => `audit.${field}`,
    ),
    ...HTTP_AFTER_RESTART.filter(
      (field) => JSON.stringify(started.http[field]) !== JSON.stringify(now.http[field]),
    ).map((field) => `http.${field}`),
  ];
  if (started.store.postgres?.reveal() !== now.store.postgres?.reveal()) changed.push("store");
  for (const field of changed) log.warn(`${field}: the change waits for a restart`);
}
