import type { UpstreamSetting } from "../../../config/types.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Log } from "../../../lib/log.ts";
import type { Hide } from "../../hide.ts";
import type { UpstreamLimits } from "../limits.ts";
import type { After } from "./announced.ts";
import type { Connection } from "./connection.ts";

/** What an upstream is made of. */
export interface UpstreamParts {
  readonly name: string;
  /** Whether it is kept running. */
  readonly eager: boolean;
  /** What of the client's side it may ask for. */
  readonly allow: UpstreamSetting["allow"];
  /** Of a call or a reading, once it is connected. */
  readonly timeoutMs: number;
  /** Bytes of an answer that may leave, as it is now. */
  readonly maxBytes: () => number;
  readonly limits: UpstreamLimits;
  readonly hide: Hide;
  readonly log: Log;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly after: After;
  /** Called when `presented` gives something else than before. */
  readonly onChange: () => void;
  /** Connects to it, until nobody wants it any more; throws what stands in the way, and leaves nothing behind. */
  readonly connect: (onListChanged: () => void, signal: AbortSignal) => Promise<Connection>;
}
