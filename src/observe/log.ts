import { createLogger, format, transports } from "winston";
import type { Writable } from "node:stream";
import type { Log, LogFacts } from "../lib/log.ts";

/** How the program speaks to its operator. */
export interface LogSetting {
  readonly level: "error" | "warn" | "info" | "debug";
  /** One JSON object a line, for programs; otherwise text, for people. */
  readonly json: boolean;
  /** Where lines go: stderr. Never stdout. */
  readonly stream: Writable;
}

/** These characters could forge a line or hide a part of it. */
const FORGING = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A log on winston. */
export function createLog({ level, json, stream }: LogSetting): Log {
  const line = format.printf(({ timestamp, level: at, message, facts }) =>
    visible(`${String(timestamp)} ${at} ${String(message)}${told(facts)}`),
  );
  const logger = createLogger({
    level,
    format: json
      ? format.combine(format.timestamp(), format.json())
      : format.combine(format.timestamp(), line),
    transports: [new transports.Stream({ stream })],
  });
  const write =
    (at: LogSetting["level"]) =>
    (message: string, facts: LogFacts = {}) => {
      logger.log(at, message, { facts });
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

function told(facts: unknown): string {
  return typeof facts !== "object" || facts === null
    ? ""
    : Object.entries(facts)
        .map(
          ([name, value]) =>
            ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
        )
        .join("");
}

/** A line in which every character can be seen. */
function visible(text: string): string {
  return text.replaceAll(
    FORGING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
