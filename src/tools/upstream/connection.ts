// On the trust boundary: one connection to an upstream, in the era of the protocol that it speaks. It is offered
// nothing of the client's side: no user, no model, no folders.

import {
  Client,
  ProtocolError,
  ProtocolErrorCode,
  type Transport,
} from "@modelcontextprotocol/client";
import type { Line } from "./line.ts";
import type { UpstreamLimits } from "./limits.ts";
import { keepSubscribed } from "./subscription.ts";

/** A connection that questions go over. */
export interface Connection {
  readonly client: Client;
  /** Settles with what happened when it has ended. */
  readonly ended: Promise<string>;
  readonly close: () => Promise<void>;
}

/** The program ended before there was a connection. */
class HasEnded extends Error {
  override readonly name = "HasEnded";
}

/** An era of the protocol: which one is asked first, or the older one, which is known to be spoken. */
export type Era = "unknown" | "legacy";

/** What a connection is made of. */
export interface ConnectionParts {
  /** How this server is called. */
  readonly self: { readonly name: string; readonly version: string };
  readonly limits: UpstreamLimits;
  /** Called when it says that something it has is another now. */
  readonly onListChanged: () => void;
  /** Called with each line of its log. Nothing in it says whose call it is about, so no caller hears of it. */
  readonly onLog: (line: string) => void;
  /** Aborted when nobody wants it any more. */
  readonly signal: AbortSignal;
}

/** Connects over a line within the time limit; throws what stands in the way, and leaves nothing behind. */
export async function connect(
  line: Line<Transport>,
  era: Era,
  { self, limits, onListChanged, onLog, signal }: ConnectionParts,
): Promise<Connection> {
  const { connectMs, probeMs, settleMs } = limits;
  const changed = { autoRefresh: false, debounceMs: settleMs, onChanged: onListChanged };
  const client = new Client(self, {
    capabilities: {},
    inputRequired: { autoFulfill: false },
    versionNegotiation: { mode: "auto", probe: { timeoutMs: probeMs } },
    listChanged: { tools: changed, prompts: changed, resources: changed },
  });
  client.fallbackRequestHandler = async ({ method }) => {
    const message = `${method} is not passed on: this server asks nobody on your behalf`;
    throw new ProtocolError(ProtocolErrorCode.MethodNotFound, message);
  };
  client.setNotificationHandler("notifications/message", ({ params: { level, data } }) => {
    onLog(`(${level}) ${typeof data === "string" ? data : JSON.stringify(data)}`);
  });
  const expired = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    expired.reject(new Error(`it did not answer within ${connectMs / 1000} s`));
  }, connectMs);
  const stop = (): void => expired.reject(new Error("it was closed"));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    const prior = era === "legacy" ? { prior: { kind: "legacy" } as const } : {};
    const connecting = client.connect(line.transport, { timeout: connectMs, ...prior });
    await Promise.race([connecting, expired.promise]);
  } catch (thrown) {
    await line.close();
    if (line.hasExited()) throw new HasEnded(`it ${await line.ended}`);
    throw thrown;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
  }
  void keepSubscribed(client, line.ended, { limits, onListChanged });
  return { client, ended: line.ended, close: line.close };
}
