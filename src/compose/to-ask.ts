import type { LoadConfig } from "../config/types.ts";
import type { Policies } from "../decision/reload.ts";
import type { PolicyFaults } from "../decision/types.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { openKeyring } from "./keyring.ts";
import { openPolicies, type Parts } from "./open.ts";
import { openUpstreams } from "./upstreams.ts";
import { NOTHING_BESIDE } from "./world.ts";

/** Opens what decides, for a command that does nothing but ask. What upstreams have is what the store knows of it. */
export async function openToAsk(
  parts: Parts,
  loadConfig: LoadConfig,
  log: Log,
): Promise<Outcome<Policies, PolicyFaults>> {
  const opening = { loadConfig, log, onReload: () => {} };
  const loaded = await loadConfig();
  // A configuration that cannot be read is a fault of the opening below.
  if (!loaded.ok || loaded.value.config.mcpServers.length === 0)
    return openPolicies(parts, opening);
  const { config } = loaded.value;
  const { newId, redaction } = parts;
  await using opened = new AsyncDisposableStack();
  const keyring = await openKeyring(config, {
    ...{ newId, log, useKey: redaction.useKey, cloudScopes: {} },
    trusted: () => ({ ...config, jwt: null, kubiya: null }),
  });
  if (!keyring.ok) {
    const mend = "mend the store, or leave `mcpServers` out";
    const message = `what was approved of their tools cannot be read: ${keyring.failure.detail}`;
    return failed([{ path: config.file ?? "configuration", field: "mcpServers", message, mend }]);
  }
  opened.defer(keyring.value.close);
  const { definitions } = keyring.value;
  const { sources, onTools } = opened.use(
    openUpstreams({ parts, config: () => config, definitions, log, upstreamLog: log }),
  );
  const beside = { ...NOTHING_BESIDE, sources, onTools };
  const policies = await openPolicies(parts, { ...opening, beside });
  if (!policies.ok) return policies;
  opened.defer(policies.value.close);
  const kept = opened.move();
  return done({ current: policies.value.current, close: () => kept.disposeAsync() });
}
