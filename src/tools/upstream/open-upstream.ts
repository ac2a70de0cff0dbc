import type { Transport } from "@modelcontextprotocol/client";
import type { UpstreamSetting } from "../../config/types.ts";
import type { Fetching } from "../../outbound/types.ts";
import type { FindProgram, StartTalk } from "../../subprocess/types.ts";
import {
  connect,
  type Connection,
  type ConnectionParts,
  type Era,
} from "./connection/connection.ts";
import type { UpstreamParts } from "./connection/parts.ts";
import { LIMITS, type UpstreamLimits } from "./limits.ts";
import { openAddressLine } from "./line/address.ts";
import { createErrorLines, type ErrorLines } from "./line/error-lines.ts";
import { openProgramLine } from "./line/program.ts";
import type { Line } from "./line/types.ts";
import { createCallers } from "./questions/callers.ts";
import { createUnderWay } from "./questions/under-way.ts";
import type { Upstream } from "./types.ts";
import { createUpstream } from "./upstream.ts";

/** What upstreams are made of, beside what the configuration says of each. */
export interface UpstreamsParts extends Omit<
  UpstreamParts,
  "name" | "eager" | "allow" | "timeoutMs" | "limits" | "connect"
> {
  readonly self: ConnectionParts["self"];
  /** The server's own PATH. */
  readonly path: string;
  readonly startTalk: StartTalk;
  readonly findProgram: FindProgram;
  /** Connections of their own for each upstream, which wait for an answer for so long. */
  readonly createFetching: (
    bounds: Pick<UpstreamLimits, "connectMs"> & {
      readonly silenceMs: number;
      readonly maxBytes: number;
    },
  ) => Fetching;
  readonly limits?: UpstreamLimits;
  readonly newId: () => string;
}

/** The upstream of an entry of the configuration; nothing is started. */
export function openUpstream(setting: UpstreamSetting, parts: UpstreamsParts): Upstream {
  const { name, eager, timeout, allow, reach } = setting;
  const { limits = LIMITS, log, stopwatch, self, hide, newId } = parts;
  const timeoutMs = timeout * 1000;
  const errors = createErrorLines(name, limits, { log, stopwatch });
  const callers = createCallers();
  let era: Era = "unknown";
  return createUpstream({ ...parts, name, eager, allow, timeoutMs, limits, connect: connectTo });

  async function connectTo(onListChanged: () => void, signal: AbortSignal): Promise<Connection> {
    const asking = { upstream: name, allow, hide, limits };
    const underWay = createUnderWay({ ...asking, callers, newId });
    const made = { self, limits, allow, underWay, onListChanged, onLog: errors.add, signal };
    const line = lineTo(errors);
    try {
      const connection = await connect(line, era, made);
      era = connection.client.getProtocolEra() === "legacy" ? "legacy" : "unknown";
      return connection;
    } catch (thrown) {
      const first = era === "unknown";
      era = "unknown";
      // Some older programs end when they are asked what they do not know before `initialize`.
      if (!first || reach.kind === "address" || !line.hasExited()) throw thrown;
    }
    const connection = await connect(lineTo(errors), "legacy", made);
    era = "legacy";
    return connection;
  }

  function lineTo(lines: ErrorLines): Line<Transport> {
    const { path, startTalk, findProgram } = parts;
    if (reach.kind === "program") {
      return openProgramLine({ reach, path, startTalk, findProgram, limits, errors: lines });
    }
    const { connectMs, maxMessageBytes: maxBytes } = limits;
    const silenceMs = timeoutMs + connectMs;
    return openAddressLine(reach, parts.createFetching({ connectMs, silenceMs, maxBytes }));
  }
}
