// On the trust boundary: every line that the operator reads. No secret is in one, no text can forge a second
// one or hide a part of it, and none ever goes to stdout.

import { createLogger, format, transports } from "winston";
import type { Writable } from "node:stream";
import type { Config } from "../config/types.ts";
import { isObject, type Json, type JsonObject, parseJson } from "../lib/json.ts";
import type { Log, LogFacts } from "../lib/log.ts";
import type { Redactor } from "../lib/redact.ts";
import type { Requests } from "../lib/requests.ts";
import { thrownText } from "../lib/thrown.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";

type LogLevel = Config["logging"]["level"];

/** How the program speaks to its operator. */
export interface LogSetting {
  /** Asked before each line: a reload may change it. With `debug` errors are told with their stacks. */
  readonly logging: () => Config["logging"];
  /** One JSON object a line, for programs; otherwise text, for people. */
  readonly json: boolean;
  /** Where lines go: stderr. Never stdout. */
  readonly stream: Writable;
  readonly redactor: Redactor;
  readonly requestId: Requests["id"];
}

/** The library makes a line before it finds out that nobody wants it, and there is one for every request. */
const RANK: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

/** A text that cannot be taken for two facts, or for none. */
const ONE_WORD = /^[^\s="]+$/;

/** A log on winston. A line that belongs to a request has its id. */
export function createLog({ logging, json, stream, redactor, requestId }: LogSetting): Log {
  const lineOf = json ? JSON.stringify : textOf;
  const logger = createLogger({
    level: "debug",
    format: format.printf(({ level, message, ...rest }) =>
      escapeUnprintable(
        lineOf({ timestamp: new Date().toISOString(), level, message: String(message), ...rest }),
      ),
    ),
    transports: [new transports.Stream({ stream })],
  });
  const write =
    (at: LogLevel) =>
    (message: string, facts: LogFacts = {}) => {
      const { level, debug } = logging();
      if (RANK[at] > RANK[level]) return;
      const id = requestId();
      const of = id === null ? {} : { request_id: id };
      try {
        const told = redactor.object(plain(facts, debug ? "stack" : "message"), []);
        logger.log(at, redactor.text(message), { ...of, facts: told });
      } catch {
        // What cannot be told without its secrets is not told, and what it was about goes on.
        logger.log("error", "a line is missing: its secrets could not be hidden", of);
      }
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** Facts as JSON. */
function plain(facts: LogFacts, ofError: "stack" | "message"): JsonObject {
  const members = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => [name, jsonOf(value instanceof Error ? value[ofError] : value)] as const,
    );
  return Object.fromEntries(members);
}

/** Anything can be thrown, also what is no JSON. */
function jsonOf(value: unknown): Json {
  if (typeof value === "string" || typeof value === "number" || value === null) return value;
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return parseJson(text);
  } catch {
    // It is told as what it looks like.
  }
  return thrownText(value);
}

/** A line as it is made. */
interface Line extends LogFacts {
  readonly timestamp: string;
  readonly level: string;
  readonly message: string;
}

function textOf({ timestamp, level, message, facts, ...of }: Line): string {
  return `${timestamp} ${level} ${message}${told(of)}${isObject(facts) ? told(facts) : ""}`;
}

function told(facts: LogFacts): string {
  return Object.entries(facts)
    .map(([name, value]) => ` ${word(name)}=${word(value)}`)
    .join("");
}

function word(value: unknown): string {
  return typeof value === "string" && ONE_WORD.test(value) ? value : JSON.stringify(value);
}
