// Written by scripts/types.ts from its JSON Schema. Edit the schema.

/**
 * Something that was seen, and how often its like was seen before: what the policies judge alerts by.
 */
export interface Sighting {
  /**
   * decision: policies answered about a request. throttled: a source was told to wait. failure: a part of the server failed. test: somebody tries the way of an alert.
   */
  readonly what: "decision" | "throttled" | "failure" | "test";
  /**
   * Of the decision or of the test.
   */
  readonly id: string | null;
  /**
   * What was asked for, as the input document says it.
   */
  readonly action: string | null;
  /**
   * The name of the tool that it was asked of.
   */
  readonly tool: string | null;
  /**
   * What was decided.
   */
  readonly allow: boolean | null;
  /**
   * Why it was denied.
   */
  readonly codes: readonly string[];
  /**
   * The channels that an organisation's policies want to be notified.
   */
  readonly notify: readonly string[];
  /**
   * What failed. audit: the trail cannot be written. chain: a chain of it was damaged. policies: they could not answer. reload: the last good configuration or policies go on.
   */
  readonly part: "audit" | "chain" | "policies" | "reload" | null;
  /**
   * The network that the request came from: an IPv4 address, or the first address of an IPv6 /64; null without a network.
   */
  readonly source: string | null;
  /**
   * What was presented, as the input document says it.
   */
  readonly credential: {
    readonly status: string | null;
    readonly id: string | null;
  };
  /**
   * How often this source failed to authenticate within the window of `data.facts.defaults.alerts.failures`, with this time.
   */
  readonly failures: number;
  /**
   * How often each of the codes denied anybody within the window of `data.facts.defaults.alerts.denials`, with this time.
   */
  readonly denials: {
    readonly [k: string]: number;
  };
}
