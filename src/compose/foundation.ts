import { withRedaction } from "../audit/redacted.ts";
import type { Trail } from "../audit/types.ts";
import { EXIT, type Refused } from "../cli/types.ts";
import type { Config } from "../config/types.ts";
import type { Log } from "../lib/log.ts";
import type { CurrentSnapshot } from "../decision/types.ts";
import { faultLine } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createIsApproved } from "./approved.ts";
import { type CloudRunners, openCloudRunners } from "./cloud-runners.ts";
import { type Keyring, openKeyring } from "./keyring.ts";
import { type Opening, openPolicies, type Parts } from "./open.ts";
import { openTrail } from "./trail.ts";
import { openUpstreams, type Upstreams } from "./upstreams.ts";
import type { Beside } from "./world.ts";

/** What a server and a command that manages credentials stand on; closed in the reverse order. */
export interface Foundation extends AsyncDisposable {
  readonly current: CurrentSnapshot;
  readonly audit: Trail;
  readonly keyring: Keyring;
  readonly upstreams: Upstreams;
  readonly cloudRunners: CloudRunners;
  /** The chains of the trail that nothing is written to any more. */
  readonly damagedChains: readonly string[];
}

/** What it is opened for. */
export interface Founding extends Opening {
  readonly config: Config;
  /** The chain that the commands share. Absent: a chain of a server's own. */
  readonly chain?: "cli";
  /** What each upstream does and says by itself. Absent: told as all else is. */
  readonly upstreamLog?: Log;
}

/** Opens all of it or nothing; the refusal says what cannot be used. */
export async function openFoundation(
  parts: Parts,
  { config, chain, upstreamLog, ...opening }: Founding,
): Promise<Outcome<Foundation, Refused>> {
  const { newId, redaction } = parts;
  const { cloud_scopes: cloudScopes } = parts.shipped.defaults;
  const { log } = opening;
  await using opened = new AsyncDisposableStack();
  const { during } = parts.progress;
  // The policies read what the store has, and then say which configuration is in effect.
  let inEffect = (): Config => config;
  const keyring = await during(
    "opening the store",
    openKeyring(config, {
      ...{ newId, log, useKey: redaction.useKey, cloudScopes },
      trusted: () => inEffect(),
    }),
  );
  if (!keyring.ok) return failed({ exit: EXIT.outside, lines: [keyring.failure.detail] });
  opened.defer(keyring.value.close);
  const { definitions } = keyring.value;
  const upstreams = opened.use(
    openUpstreams({
      parts,
      config: () => inEffect(),
      definitions,
      log,
      upstreamLog: upstreamLog ?? log,
    }),
  );
  const cloudRunners = opened.use(openCloudRunners(parts.kubiyaOf, log));
  const beside: Beside = {
    sources: upstreams.sources,
    runners: cloudRunners.runners,
    isApproved: createIsApproved(definitions, upstreams.noted),
    onTools: (changed) => {
      upstreams.onTools(changed);
      cloudRunners.onChange(changed);
    },
  };
  const policies = await during(
    "reading the policies",
    openPolicies(parts, { ...opening, beside }),
  );
  if (!policies.ok) {
    return failed({ exit: EXIT.configuration, lines: policies.failure.map(faultLine) });
  }
  opened.defer(policies.value.close);
  const own = chain === undefined ? {} : { chain };
  const damagedChains: string[] = [];
  const onLeft = (left: string): void => void damagedChains.push(left);
  const audit = await during(
    "opening the audit trail",
    openTrail(config, { newId, log, onLeft, ...own }),
  );
  if (!audit.ok) return audit;
  opened.defer(audit.value.close);
  const { current } = policies.value;
  inEffect = () => current().world.config;
  const kept = opened.move();
  return done({
    current,
    audit: { ...audit.value, ...withRedaction(audit.value, redaction.redactor) },
    keyring: keyring.value,
    ...{ upstreams, cloudRunners },
    damagedChains,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  });
}
