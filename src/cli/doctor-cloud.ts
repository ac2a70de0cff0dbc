import type { KubiyaFailure } from "../kubiya/types.ts";
import { type Examined, fail, type Found, ok } from "./doctor-found.ts";

/** Whether the Kubiya cloud answers, and takes the server's own key. */
export async function lookAtCloud({ host, config }: Examined): Promise<readonly Found[]> {
  if (config.kubiya === null) return [ok("not used: nothing in the configuration speaks of it")];
  const seen = await host.lookAtCloud(config);
  if (seen === null) {
    return [
      ok("asked about callers' keys alone: there is no `api_key` for it, and no tools of it"),
    ];
  }
  if (!seen.ok) return [failedBy(seen.failure)];
  if (seen.value !== null) return [ok("it answers, and takes the server's key")];
  return [fail("it does not take the `api_key`", "give the server another key of the cloud")];
}

function failedBy(failure: KubiyaFailure): Found {
  switch (failure.reason) {
    case "kubiya_unreachable":
      return fail(
        `it cannot be reached: ${failure.endpoint}: ${failure.detail}`,
        "check the network, the proxy and `kubiya.base_url`",
      );
    case "kubiya_unexpected":
      return fail(
        `it answers something else than is known of it: ${failure.endpoint}: ${failure.field}: ${failure.detail}`,
        "check `kubiya.base_url`; this program may be older than the cloud",
      );
    case "timed_out":
    case "cancelled":
      return fail("it does not answer in good time", "check the network and the proxy");
    case "kubiya_unauthorized":
    case "kubiya_refused":
      return fail(
        `it answers ${failure.status} to ${failure.endpoint}`,
        "check `kubiya.base_url` and the `api_key`",
      );
    case "kubiya_busy":
    case "kubiya_too_much":
    case "kubiya_broke_off":
    case "kubiya_ran_and_failed":
      return fail("it cannot answer now", "try again in a minute");
  }
}
