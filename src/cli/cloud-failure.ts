import type { KubiyaFailure } from "../kubiya/types.ts";

/** Why the Kubiya cloud did not answer a command, and the mend. */
export function cloudFailure(failure: KubiyaFailure): readonly [string, string] {
  switch (failure.reason) {
    case "kubiya_unreachable":
      return [
        `it cannot be reached: ${failure.endpoint}: ${failure.detail}`,
        "check the network, the proxy and `kubiya.base_url`",
      ];
    case "kubiya_unexpected":
      return [
        `it answers something else than is known of it: ${failure.endpoint}: ${failure.field}: ${failure.detail}`,
        "check `kubiya.base_url`; this program may be older than the cloud",
      ];
    case "timed_out":
    case "cancelled":
      return ["it does not answer in good time", "check the network and the proxy"];
    case "kubiya_unauthorized":
    case "kubiya_refused":
      return [
        `it answers ${failure.status} to ${failure.endpoint}`,
        "check `kubiya.base_url` and the `api_key`",
      ];
    case "kubiya_not_asked":
      return [
        `it was not asked (${failure.endpoint}): a name or an id is empty, \`.\` or \`..\``,
        "give the name or the id of something that it lists",
      ];
    case "kubiya_busy":
    case "kubiya_too_much":
    case "kubiya_broke_off":
    case "kubiya_ran_and_failed":
      return ["it cannot answer now", "try again in a minute"];
  }
}
