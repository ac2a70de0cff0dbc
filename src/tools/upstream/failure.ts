/** Why an upstream gave nothing. `upstream` is its name in the configuration. */
export type UpstreamFailure =
  /** It cannot be started or reached, or did not say what it has; it is tried again after `retryInMs`. */
  | {
      readonly reason: "upstream_unreachable";
      readonly upstream: string;
      readonly detail: string;
      readonly retryInMs: number;
    }
  /** It presents another tool by that name than was decided on, or none: nothing was called. */
  | { readonly reason: "upstream_changed"; readonly upstream: string; readonly detail: string }
  /** It ended, or the connection did, before it gave an answer that can be read. What it did until then is unknown. */
  | { readonly reason: "upstream_broke_off"; readonly upstream: string; readonly detail: string }
  /** It answered with an error of the protocol. Its words: nothing of them is trusted. */
  | { readonly reason: "upstream_refused"; readonly upstream: string; readonly detail: string }
  /** What it answered is more, or deeper, than is taken from it. */
  | { readonly reason: "upstream_too_much"; readonly upstream: string; readonly detail: string }
  /** It asked something of the client's side (its user, its model, its folders), which is not passed on. */
  | {
      readonly reason: "upstream_asked";
      readonly upstream: string;
      readonly method: string;
      /** Why, in words that follow "is not passed on: ". */
      readonly why: string;
    }
  | { readonly reason: "timed_out"; readonly afterMs: number; readonly stderr: string }
  | { readonly reason: "cancelled"; readonly stderr: string };
