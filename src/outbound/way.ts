import { Agent, type buildConnector, type Dispatcher } from "undici";

/** How connections are made and kept. */
export interface ConnectionLimits {
  readonly connectMs: number;
  /** To one host at once. */
  readonly connections: number;
  /** Of an answer. Absent: whoever reads it counts. */
  readonly maxBytes?: number;
}

/** What is asked, with its limits of time in milliseconds. */
export interface Asked {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | null;
  readonly signal: AbortSignal | null;
  /** Until an answer begins. */
  readonly headersTimeout: number;
  /** From one byte of an answer to the next; 0 for good. */
  readonly bodyTimeout: number;
}

/** A way out, with connections that are kept between requests. */
export interface Way {
  /** Asks once, and follows no redirect. It throws what the library does, or an `OutboundError`. */
  readonly request: (url: URL, asked: Asked) => Promise<Dispatcher.ResponseData>;
  readonly close: () => Promise<void>;
}

/** Connections that this makes, kept within these limits. */
export function keptBy(
  { connections, maxBytes = -1 }: ConnectionLimits,
  connect: buildConnector.connector,
): Dispatcher {
  return new Agent({
    ...{ connect, connections, pipelining: 1, allowH2: false },
    ...{ maxHeaderSize: 16_384, maxResponseSize: maxBytes },
  });
}

/** Over connections to the host itself, however they are made. */
export function wayOver(dispatcher: Dispatcher): Way {
  return {
    request: ({ origin, pathname, search }, asked) =>
      dispatcher.request({ ...asked, origin, path: `${pathname}${search}` }),
    close: () => dispatcher.destroy(),
  };
}
