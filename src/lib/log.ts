/** Facts beside a log line's sentence. What is not a scalar is written as JSON; an error is told as one. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** Where the program speaks to its operator. Never stdout: that belongs to the protocol. */
export interface Log {
  readonly debug: (message: string, facts?: LogFacts) => void;
  readonly info: (message: string, facts?: LogFacts) => void;
  readonly warn: (message: string, facts?: LogFacts) => void;
  readonly error: (message: string, facts?: LogFacts) => void;
}

/** One request over HTTP and its answer. Never a body, a query or a credential. */
export interface Access {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** From the first byte of its head to the last of its answer. */
  readonly ms: number;
  /** Of the answer's body. */
  readonly bytes: number;
  /** Who it was from; null where nobody proved to be anybody. */
  readonly user: string | null;
  /** Where it was from, as trusted proxies say. */
  readonly ip: string | null;
}

/** Notes each request over HTTP. */
export type LogAccess = (access: Access) => void;
