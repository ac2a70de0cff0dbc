// Builds what clients reach: one over stdin and stdout, or many over HTTP.

import type { Audit, Trail } from "../audit/types.ts";
import type { Config, LoadConfig } from "../config/types.ts";
import type { CurrentSnapshot, Snapshot } from "../decision/types.ts";
import { createEnforcement } from "../enforcement/enforce.ts";
import type { Parts as EnforcementParts } from "../enforcement/types.ts";
import { buildInput } from "../input/build.ts";
import { faultLine } from "../lib/fault.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { HttpParts } from "../server/http.ts";
import type { StdioParts } from "../server/stdio.ts";
import type { Keyring } from "./keyring.ts";
import { measuredAuthenticate } from "./measured.ts";
import type { Observed } from "./observed.ts";
import type { Parts } from "./open.ts";
import { readCertificate, watchCertificate } from "./tls.ts";
import { createReady } from "./ready.ts";

/** Clients that are being served. */
export interface Front {
  readonly changed: () => void;
  readonly close: () => Promise<void>;
  readonly closed: Promise<void>;
}

/** What a front stands on. */
export interface Behind {
  readonly parts: Parts;
  /** The configuration that the server started with. */
  readonly config: Config;
  readonly loadConfig: LoadConfig;
  readonly audit: { readonly audit: Audit } & Pick<Trail, "works">;
  readonly keyring: Keyring;
  readonly heard: EnforcementParts["heard"];
  /** Hears of a source that was told to wait. */
  readonly throttled: (source: string) => void;
  readonly current: CurrentSnapshot;
  readonly log: Log;
  readonly observed: Observed;
}

/** Starts a front; the failure says why it cannot. The protocol's library is large: who serves reads it. */
export type StartFront = (behind: Behind) => Promise<Outcome<Front, string>>;

/** From now on it says goodbye. */
function endable<T extends Front>(server: T, { parts }: Behind): T {
  parts.outside.onEnd(() => void server.close());
  return server;
}

/** The front that a configuration asks for. */
export async function loadFront({ http }: Config): Promise<StartFront> {
  if (http.port === null) {
    const { startStdio } = await import("../server/stdio.ts");
    return async (behind) => done(endable(startStdio(stdioParts(behind)), behind));
  }
  const { startHttp } = await import("../server/http.ts");
  const { host, port, tls } = http;
  return async (behind) => {
    const certificate = tls === null ? done(null) : await readCertificate(tls);
    if (!certificate.ok) return failed(faultLine(certificate.failure));
    const { metrics, logAccess } = behind.observed;
    if (metrics === null) throw new Error("a server over HTTP has no metrics");
    const own = { host, port, certificate: certificate.value, metrics, logAccess };
    const started = await startHttp({ ...httpParts(behind), ...own });
    if (!started.ok) return failed(`${host}:${port}: ${started.failure}`);
    // Who has read that it listens may end it.
    const server = endable(started.value, behind);
    behind.parts.tell(`listening on ${server.url}\n`);
    if (tls === null) return started;
    const unwatch = watchCertificate(tls, server.renew, behind.log);
    return done({ ...server, closed: server.closed.then(unwatch) });
  };
}

function stdioParts(behind: Behind): StdioParts {
  const { parts, config, loadConfig } = behind;
  const { stdin, stdout } = parts.outside;
  return {
    ...shared(behind),
    stdin,
    stdout,
    credential: async () => {
      const anew = await loadConfig();
      return anew.ok ? anew.value.config.caller_credential : config.caller_credential;
    },
  };
}

type OfTheStart = "host" | "port" | "certificate" | "metrics" | "logAccess";

function httpParts(behind: Behind): Omit<HttpParts, OfTheStart> {
  const parts = enforcementOf(behind);
  const keepAlive = { accepted: () => {}, hold: () => () => {}, used: () => {} };
  return {
    ...shared(behind),
    recheck: createEnforcement({ ...parts, keepAlive }).admit,
    times: ({ world: { config, facts } }) => ({
      idleMs: config.session_timeout * 1000,
      lifetimeMs: facts.defaults.lifetimes.session.default_ms,
    }),
    endOf: ({ row }) => row.expires_ms,
    throttled: behind.throttled,
    ready: createReady({ ...behind, auditWorks: behind.audit.works }),
  };
}

function shared(
  behind: Behind,
): Pick<
  HttpParts,
  | "version"
  | "enforcement"
  | "authenticate"
  | "idleMs"
  | "current"
  | "newId"
  | "begin"
  | "clock"
  | "log"
> {
  const { parts, keyring, current, log, observed } = behind;
  const { metrics } = observed;
  const { authenticate } = keyring;
  const { requests, newId } = parts;
  return {
    version: parts.shipped.version,
    enforcement: createEnforcement(enforcementOf(behind)),
    authenticate: metrics === null ? authenticate : measuredAuthenticate(authenticate, metrics),
    idleMs,
    current,
    newId: () => requests.id() ?? newId(),
    begin: requests.begin,
    clock: keyring.clock,
    log,
  };
}

function enforcementOf(behind: Behind): EnforcementParts {
  const { parts, audit: watched, keyring, heard, log } = behind;
  const { audit } = watched;
  const { clock, keepAlive, readFreeze, planDeed, perform, seal } = keyring;
  const { redactor } = parts.redaction;
  const does = { buildInput, clock, keepAlive, readFreeze, planDeed, perform, seal };
  return { audit, log, redactor, heard, ...does };
}

/** Sessions exist where callers must authenticate. */
function idleMs({ world: { config } }: Snapshot): number | null {
  return config.require_auth ? config.session_timeout * 1000 : null;
}
