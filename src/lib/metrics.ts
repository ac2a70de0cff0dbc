/** A part of a request's time. */
export type Stage = "authenticate" | "decide" | "record" | "run";

/** What is read anew whenever somebody asks. */
export type GaugeName =
  | "audit_waiting_records"
  | "audit_lag_seconds"
  | "sessions"
  | "throttled_sources"
  | "access_log_dropped";

/** The metrics as text, with its media type. */
export interface Exposition {
  readonly type: string;
  readonly text: string;
}

/** What is counted for whoever watches the server. Nothing that a caller sends names a series. */
export interface Metrics {
  /** A decision, by the codes of its reasons; none where it allows. */
  readonly decided: (codes: readonly string[]) => void;
  readonly took: (stage: Stage, seconds: number) => void;
  readonly reloaded: (
    what: "config_reload" | "policy_reload" | "tools_reload",
    worked: boolean,
  ) => void;
  /** A tool starts (1) or has ended (-1). */
  readonly running: (change: 1 | -1) => void;
  /** Where a gauge is read; null where it cannot be now. */
  readonly watch: (gauge: GaugeName, read: () => number | null | Promise<number | null>) => void;
  readonly exposition: () => Promise<Exposition>;
}
