import { setTimeout as delay } from "node:timers/promises";
import type { Config, KubiyaSetting, Proxies } from "../config/types.ts";
import type { Kubiya, VerifyCloudKey } from "../kubiya/types.ts";
import type { Clock } from "../lib/clock.ts";
import { issuerNamed } from "../lib/issuer-named.ts";
import type { Secret } from "../lib/secret.ts";
import { mayBeCloudKey } from "../principal/cloud.ts";

/** How long somebody waits who looks whether it answers. */
const LOOK_MS = 10_000;

/** The Kubiya cloud of a configuration. */
export interface KubiyaCloud {
  readonly verify: VerifyCloudKey;
  /** Asks with this key. */
  readonly withKey: (key: Secret) => Kubiya;
}

/** Its libraries are read where the cloud is used, and nowhere else. */
export async function openCloud(setting: KubiyaSetting, proxies: Proxies): Promise<KubiyaCloud> {
  const [{ createSend }, { versionsOf }, { createKubiya }, { createVerifyCloudKey }] =
    await Promise.all([
      import("../outbound/send.ts"),
      import("../kubiya/base.ts"),
      import("../kubiya/kubiya.ts"),
      import("../kubiya/verify.ts"),
    ]);
  const parts = {
    send: createSend(proxies),
    versions: versionsOf(setting.base_url),
    wait: async (ms: number, signal: AbortSignal) => {
      // It is rejected where the signal ends it, and then whoever waits looks at the signal.
      await delay(ms, undefined, { signal }).catch(() => undefined);
    },
  } as const;
  return {
    verify: createVerifyCloudKey(parts),
    withKey: (key) => createKubiya({ ...parts, key }),
  };
}

/** The cloud as a configuration's own key asks it; null where there is none, or no key for it. */
export type KubiyaOf = (config: OfCloud) => Promise<Kubiya | null>;

/** What a configuration says of the cloud, and of whose credentials are not for it. */
type OfCloud = Pick<Config, "kubiya" | "api_key" | "jwt" | "proxies">;

/** What the cloud of a configuration is opened with. */
interface KubiyaOfParts {
  readonly open: typeof openCloud;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
}

/** What could not be opened is opened again at the next use after this long. */
const AGAIN_MS = 1_000;

/** The connections of a configuration outlive it where the next one says the same. */
export function createKubiyaOf({ open, stopwatch }: KubiyaOfParts): KubiyaOf {
  let known: { readonly text: string; readonly kubiya: Promise<Kubiya> } | null = null;
  let failedMs: number | null = null;
  return async (config) => {
    const { kubiya: setting } = config;
    const key = keyFor(config);
    if (setting === null || key === null) return null;
    const text = JSON.stringify([setting, key.reveal()]);
    const isDue = failedMs !== null && stopwatch() - failedMs >= AGAIN_MS;
    if (known?.text !== text || isDue) {
      failedMs = null;
      const kubiya = open(setting, config.proxies).then(({ withKey }) => withKey(key));
      known = { text, kubiya };
      kubiya.catch(() => {
        if (known?.kubiya === kubiya) failedMs = stopwatch();
      });
    }
    return known.kubiya;
  };
}

/** What the cloud says of a configuration's own key; null where there is none for it. */
export async function lookAtCloud(
  config: OfCloud,
): Promise<Awaited<ReturnType<VerifyCloudKey>> | null> {
  const { kubiya: setting } = config;
  const key = keyFor(config);
  if (setting === null || key === null) return null;
  const { verify } = await openCloud(setting, config.proxies);
  return verify(key, { signal: AbortSignal.timeout(LOOK_MS) });
}

/** The key for the cloud: a credential of this server, or a token of the issuer, never leaves for it. */
function keyFor({ api_key: key, jwt }: Pick<OfCloud, "api_key" | "jwt">): Secret | null {
  const isIssued = (text: string): boolean => jwt !== null && issuerNamed(text) === jwt.issuer;
  return key !== null && mayBeCloudKey(key.reveal(), isIssued) ? key : null;
}

/** Whether a configuration has a cloud and a key for it. */
export function asksCloud(config: Omit<OfCloud, "proxies">): boolean {
  return config.kubiya !== null && keyFor(config) !== null;
}
