import type { Heard, Parts as EnforcementParts } from "../enforcement/types.ts";
import type { Log } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import { type Attempt, createAuthenticationLog } from "../observe/authentication-log.ts";

/** Reasons that say that somebody is not who may be here, whatever was asked. */
const NOT_LET_IN = /^(?:credential|session|addresses)\./;

/** Counts each decision, and tells who asked. */
export function createWitness(log: Log, metrics: Metrics | null): EnforcementParts["heard"] {
  const logAuthentication = createAuthenticationLog(log);
  return (heard) => {
    if (heard === null) return;
    const { decision } = heard;
    logAuthentication(attemptOf(heard));
    metrics?.took("decide", decision.micros / 1e6);
    metrics?.decided(decision.reasons.map(({ code }) => code));
  };
}

function attemptOf({ input, decision }: Heard): Attempt {
  const { principal, credential, session, request, client } = input;
  const { status, kind } = credential;
  return {
    user: principal.id,
    how: status === "verified" ? (kind ?? status) : status,
    credential_id: credential.id,
    session: session?.id ?? null,
    transport: request.transport,
    client_ip: client.ip,
    codes: decision.reasons.map(({ code }) => code).filter((code) => NOT_LET_IN.test(code)),
  };
}
