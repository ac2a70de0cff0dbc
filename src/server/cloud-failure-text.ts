import type { ToolFailure } from "../tools/types.ts";

/** Failures of the cloud. */
type CloudFailure = Extract<ToolFailure, { readonly reason: `kubiya_${string}` }>;

/** Why the Kubiya cloud gave nothing, and what to do next, a line each. */
export function cloudFailureText(tool: string, failure: CloudFailure): readonly string[] {
  switch (failure.reason) {
    case "kubiya_unreachable":
      return [
        `${tool} could not ask the Kubiya cloud: ${failure.endpoint}: ${failure.detail}.`,
        `Check the server's network and \`kubiya.base_url\`, then ${again(failure.endpoint)}.`,
      ];
    case "kubiya_unauthorized":
      return [
        `${tool} may not do this at the Kubiya cloud: ${failure.endpoint} answered ${failure.status}.`,
        "Give the server an `api_key` of the cloud that may.",
      ];
    case "kubiya_busy": {
      const wait = failure.retryAfterSeconds;
      return [
        `${tool} was put off by the Kubiya cloud: ${failure.endpoint} takes no more requests now.`,
        wait === null ? "Call again later." : `Call again in ${wait} s.`,
      ];
    }
    case "kubiya_refused":
      return [
        `${tool} was refused by the Kubiya cloud: ${failure.endpoint} answered ${failure.status}: ${failure.message}`,
        ...(failure.status >= 500 ? [`The fault is the cloud's: ${again(failure.endpoint)}.`] : []),
      ];
    case "kubiya_not_asked":
      return [
        `${tool} did not ask the Kubiya cloud (${failure.endpoint}): a name or an id may not be empty, \`.\` or \`..\`.`,
        "Call again with the name or the id of something that it lists.",
      ];
    case "kubiya_unexpected":
      return [
        `${tool} got an answer from the Kubiya cloud that it cannot read: ${failure.endpoint}: ${failure.field}: ${failure.detail}.`,
        "Tell the operator: this server may be older than the cloud.",
      ];
    case "kubiya_too_much":
      return [
        `${tool} was answered more than the ${failure.allowedBytes} bytes that are taken: ${failure.endpoint}.`,
        "Ask for less at once.",
      ];
    case "kubiya_broke_off":
      return [
        `${tool} broke off: ${failure.endpoint}: ${failure.detail}.`,
        "What it did until then is unknown: look before you call again.",
      ];
    case "kubiya_ran_and_failed":
      return [`${tool} ran in the Kubiya cloud and failed: ${failure.said}`];
  }
}

/** What was to do something may have done it, whatever came back. */
function again(endpoint: string): string {
  return endpoint.startsWith("GET ")
    ? "call again"
    : "look whether it did something before you call again";
}
