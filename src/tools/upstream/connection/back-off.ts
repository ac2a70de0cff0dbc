/** How long is waited, in milliseconds. */
export interface Waits {
  readonly firstMs: number;
  readonly lastMs: number;
  /** What went well for so long begins with the first one again. */
  readonly steadyMs: number;
}

/** When something is done again. */
export interface BackOff {
  /** The next wait, after all went well for so long: 0 where it never did. */
  readonly waitAfter: (wellMs: number) => number;
  /** Notes that all went well: the next wait is the first one. */
  readonly ran: () => void;
}

/** Each wait is twice the last one, up to a limit, and up to a half less: what failed together comes back apart. */
export function createBackOff({ firstMs, lastMs, steadyMs }: Waits, random: () => number): BackOff {
  let waits = 0;
  return {
    waitAfter: (wellMs) => {
      if (wellMs >= steadyMs) waits = 0;
      const whole = Math.min(lastMs, firstMs * 2 ** Math.min(waits, 30));
      waits += 1;
      return Math.round(whole * (1 - random() / 2));
    },
    ran: () => {
      waits = 0;
    },
  };
}
