import type { UpstreamLimits } from "./limits.ts";

/** When something that failed is tried again. */
export interface BackOff {
  /** Notes a failure of what had run for so long, 0 where it never did; gives the wait until the next try. */
  readonly failed: (ranMs: number) => number;
  /** Notes that it ran as it should. */
  readonly ran: () => void;
}

/** Each wait is twice the last one, up to a limit, and up to a half less: what failed together comes back apart. */
export function createBackOff(
  { firstRetryMs, lastRetryMs, steadyMs }: UpstreamLimits,
  random: () => number,
): BackOff {
  let failures = 0;
  return {
    failed: (ranMs) => {
      if (ranMs >= steadyMs) failures = 0;
      const whole = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures, 30));
      failures += 1;
      return Math.round(whole * (1 - random() / 2));
    },
    ran: () => {
      failures = 0;
    },
  };
}
