import type { ProgressToken } from "@modelcontextprotocol/server";
import type { LogLevel, News } from "../tools/types.ts";

/** How much that one call says on its way is sent; its answer carries its output itself. */
export const MAX_NEWS = 1_000;

const LEFT_OUT = "The rest of the output is left out here; the answer carries it.";

/** A notification of the protocol. */
export type Notice =
  | {
      readonly method: "notifications/progress";
      readonly params: {
        readonly progressToken: ProgressToken;
        /** Of lines, the number of the line. */
        readonly progress: number;
        readonly message: string;
        readonly total?: number;
      };
    }
  | {
      readonly method: "notifications/message";
      readonly params: {
        readonly level: LogLevel;
        readonly logger: string;
        readonly data: unknown;
      };
    };

/** How the client of one call hears of it. */
export interface Listener {
  /** Absent where the client did not ask to hear of progress. */
  readonly progressToken: ProgressToken | undefined;
  /** The least level of log that the client wants to hear of; null for none. */
  readonly level: LogLevel | null;
  readonly notify: (notice: Notice) => Promise<void>;
  readonly clientReads: () => boolean;
}

/** From what matters least on. */
const LEVELS: readonly LogLevel[] = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
];

/** The level of this name. */
export function levelNamed(name: unknown): LogLevel | null {
  return LEVELS.find((level) => level === name) ?? null;
}

/** Sends what is heard of a call to its client: so much of it, and nothing that it does not read. */
export function createReport(listener: Listener): (news: News) => void {
  const { notify, clientReads } = listener;
  let lines = 0;
  let sent = 0;
  return (news) => {
    if (news.kind === "line") lines += 1;
    const notice = noticeOf(news, listener, lines);
    // What a client does not read would be kept for it, and a tool can print faster than any client reads.
    if (notice === null || sent > MAX_NEWS || !clientReads()) return;
    sent += 1;
    // A client that is gone does not want to hear it; its call is cancelled by the closed connection.
    notify(sent > MAX_NEWS ? cutOff(notice) : notice).catch(() => {});
  };
}

function noticeOf(news: News, { progressToken, level }: Listener, lines: number): Notice | null {
  if (news.kind === "log") {
    if (level === null || LEVELS.indexOf(news.level) < LEVELS.indexOf(level)) return null;
    const params = { level: news.level, logger: news.logger, data: news.said };
    return { method: "notifications/message", params };
  }
  if (progressToken === undefined) return null;
  const method = "notifications/progress";
  if (news.kind === "line") {
    return { method, params: { progressToken, progress: lines, message: news.text } };
  }
  const { progress, total, message } = news;
  return { method, params: { progressToken, progress, message, ...(total !== null && { total }) } };
}

function cutOff(notice: Notice): Notice {
  if (notice.method === "notifications/progress") {
    return { ...notice, params: { ...notice.params, message: LEFT_OUT } };
  }
  return { ...notice, params: { ...notice.params, data: LEFT_OUT } };
}
