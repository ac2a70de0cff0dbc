import { setTimeout as delay } from "node:timers/promises";
import type { KubiyaSetting } from "../config/types.ts";
import type { Kubiya, VerifyCloudKey } from "../kubiya/types.ts";
import type { Secret } from "../lib/secret.ts";

/** The Kubiya cloud of a configuration. */
export interface KubiyaCloud {
  readonly verify: VerifyCloudKey;
  /** Asks with this key. */
  readonly withKey: (key: Secret) => Kubiya;
}

/** Its libraries are read where the cloud is used, and nowhere else. */
export async function openCloud(setting: KubiyaSetting): Promise<KubiyaCloud> {
  const [{ createSend }, { versionsOf }, { createKubiya }, { createVerifyCloudKey }] =
    await Promise.all([
      import("../outbound/send.ts"),
      import("../kubiya/base.ts"),
      import("../kubiya/kubiya.ts"),
      import("../kubiya/verify.ts"),
    ]);
  const proxies = {
    // Only this machine itself is asked in the clear, and a proxy would not find it.
    http: null,
    https: setting.https_proxy?.reveal() ?? null,
    none: setting.no_proxy,
  };
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
