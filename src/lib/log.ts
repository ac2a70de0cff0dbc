/** Facts beside a log line's sentence. Never a secret; what is not a scalar is written as JSON. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** Where the program speaks to its operator. Never stdout: that belongs to the protocol. */
export interface Log {
  readonly debug: (message: string, facts?: LogFacts) => void;
  readonly info: (message: string, facts?: LogFacts) => void;
  readonly warn: (message: string, facts?: LogFacts) => void;
  readonly error: (message: string, facts?: LogFacts) => void;
}
