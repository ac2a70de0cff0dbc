import { createLogger, format, transports } from "winston";
import type { Writable } from "node:stream";
import type { Log, LogFacts } from "../lib/log.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";

type LogLevel = "error" | "warn" | "info" | "debug";

/** How the program speaks to its operator. */
export interface LogSetting {
  /** Asked before each line: a reload may change it. */
  readonly level: () => LogLevel;
  /** One JSON object a line, for programs; otherwise text, for people. */
  readonly json: boolean;
  /** Where lines go: stderr. Never stdout. */
  readonly stream: Writable;
}

/** The library makes a line before it finds out that nobody wants it, and there is one for every request. */
const RANK: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

/** A text that cannot be taken for two facts, or for none. */
const ONE_WORD = /^[^\s="]+$/;

/** Where winston keeps the finished line. */
const LINE = Symbol.for("message");

/** A log on winston. Of an error among the facts it writes the message, never the stack. */
export function createLog({ level, json, stream }: LogSetting): Log {
  const text = format.printf(
    ({ timestamp, level: at, message, facts }) =>
      `${String(timestamp)} ${at} ${String(message)}${told(facts)}`,
  );
  const logger = createLogger({
    level: "debug",
    format: format.combine(
      format.timestamp(),
      json ? format.json() : text,
      format.printf((line) => escapeUnprintable(String(line[LINE]))),
    ),
    transports: [new transports.Stream({ stream })],
  });
  const write =
    (at: LogLevel) =>
    (message: string, facts: LogFacts = {}) => {
      if (RANK[at] > RANK[level()]) return;
      logger.log(at, message, { facts: plain(facts) });
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

function plain(facts: LogFacts): LogFacts {
  const members = Object.entries(facts).map(
    ([name, value]) => [name, value instanceof Error ? value.message : value] as const,
  );
  return Object.fromEntries(members);
}

function told(facts: unknown): string {
  if (typeof facts !== "object" || facts === null) return "";
  const words = Object.entries(facts).map(([name, value]) => ` ${word(name)}=${word(value)}`);
  return words.join("");
}

function word(value: unknown): string {
  return typeof value === "string" && ONE_WORD.test(value) ? value : JSON.stringify(value);
}
