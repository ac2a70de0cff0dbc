// On the trust boundary: one connection to an upstream, in the era of the protocol that it speaks. Of the client's
// side (its user, its model, its folders) it is offered what the configuration allows.

import { Client, type ClientCapabilities, type Transport } from "@modelcontextprotocol/client";
import type { UpstreamSetting } from "../../../config/types.ts";
import type { UpstreamLimits } from "../limits.ts";
import type { Line } from "../line/types.ts";
import type { UnderWay } from "../questions/under-way.ts";
import { keepSubscribed } from "./subscription.ts";

/** A connection that questions go over. */
export interface Connection {
  readonly client: Client;
  readonly underWay: UnderWay;
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
  readonly allow: UpstreamSetting["allow"];
  /** The calls over it, of which it has none yet. */
  readonly underWay: UnderWay;
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
  { self, limits, allow, underWay, onListChanged, onLog, signal }: ConnectionParts,
): Promise<Connection> {
  const { connectMs, probeMs } = limits;
  const changed = { autoRefresh: false, debounceMs: 0, onChanged: onListChanged };
  const client = new Client(self, {
    capabilities: Object.fromEntries(allow.map((name) => [name, CAPABILITIES[name]])),
    inputRequired: { autoFulfill: false },
    versionNegotiation: { mode: "auto", probe: { timeoutMs: probeMs } },
    listChanged: { tools: changed, prompts: changed, resources: changed },
  });
  client.fallbackRequestHandler = ({ method, params }) => underWay.asked(method, params);
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
  return { client, underWay, ended: line.ended, close: line.close };
}

/** What an upstream is told that it may ask for. */
const CAPABILITIES: Readonly<Record<UpstreamSetting["allow"][number], object>> = {
  elicitation: { form: {}, url: {} },
  sampling: {},
} satisfies ClientCapabilities;
