import type { Config } from "../config/types.ts";
import { isJsonList, isJsonObject, type JsonObject, parseJson } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import type { Hearing, Talk, TalkEnd } from "../subprocess/types.ts";
import type { Setup } from "./setup-asking.ts";
import { denied } from "./setup-denied.ts";
import { EXIT, type Refused } from "./types.ts";

/** How a client starts the server. */
export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a server offered. */
export interface Offered {
  readonly tools: readonly string[];
  /** Whether there are more. */
  readonly more: boolean;
}

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 8 * 1024 * 1024;
const LAST_LINES = 5;

/** Starts the server as a client would, lists its tools, and ends it. */
export async function tryServer(
  { command, args, env = {} }: Start,
  config: Config,
  setup: Setup,
): Promise<Outcome<Offered, Refused>> {
  const { host } = setup;
  const listed = Promise.withResolvers<JsonObject>();
  const last: string[] = [];
  const program = { program: command, args, cwd: host.home };
  const started = await host.startTalk(
    { ...program, env: { HOME: host.home, PATH: config.path, ...env } },
    hearing(listed.resolve, last),
  );
  if (!started.ok) {
    const why = `the server could not be tried: ${started.failure.reason}`;
    return failed({ exit: EXIT.outside, lines: [why] });
  }
  const talk = started.value;
  for (const message of exchange(host.version)) talk.say(message);
  const heard = await first(listed.promise, talk);
  await talk.close();
  switch (heard.is) {
    case "listed": {
      const { result, error } = heard.answer;
      return isJsonObject(result)
        ? done(offeredIn(result))
        : failed(await denied(error, config, setup));
    }
    case "late":
      return failed(silent(`the server did not list its tools within ${TIMEOUT_MS} ms`, last));
    case "ended":
      return failed(ended(heard.end, last));
  }
}

/** Keeps the last lines of what it says besides its answers. */
function hearing(onList: (answer: JsonObject) => void, last: string[]): Hearing {
  return {
    onLine: (line) => {
      const message = messageIn(line);
      if (message?.["id"] === LIST) onList(message);
    },
    onErrorLine: (line) => {
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
    },
    ...{ maxLineBytes: MAX_BYTES, maxWaitingBytes: MAX_BYTES },
  };
}

type Heard =
  | { readonly is: "listed"; readonly answer: JsonObject }
  | { readonly is: "ended"; readonly end: TalkEnd }
  | { readonly is: "late" };

/** Its input stays open until then: a server ends with its input, whatever it has not answered yet. */
async function first(listed: Promise<JsonObject>, talk: Talk): Promise<Heard> {
  const late = Promise.withResolvers<Heard>();
  const timer = setTimeout(() => late.resolve({ is: "late" }), TIMEOUT_MS);
  try {
    return await Promise.race<Heard>([
      listed.then((answer) => ({ is: "listed", answer })),
      talk.ended.then((end) => ({ is: "ended", end })),
      late.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** As a client of the legacy era begins. */
function exchange(version: string): readonly string[] {
  const clientInfo = { name: "kubiya mcp setup", version };
  const messages = [
    {
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo },
    },
    { method: "notifications/initialized" },
    { id: LIST, method: "tools/list", params: {} },
  ];
  return messages.map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }));
}

const LIST = 2;

function messageIn(line: string): JsonObject | null {
  try {
    const message = parseJson(line);
    return isJsonObject(message) ? message : null;
  } catch {
    // Nothing but messages may be there: whatever else is, it is no answer.
    return null;
  }
}

function offeredIn({ tools, nextCursor }: JsonObject): Offered {
  const listed = isJsonList(tools) ? tools : [];
  const names = listed.flatMap((tool) =>
    isJsonObject(tool) && typeof tool["name"] === "string" ? [tool["name"]] : [],
  );
  return { tools: names, more: nextCursor !== undefined };
}

function ended({ reason, exitCode }: TalkEnd, last: readonly string[]): Refused {
  if (reason === "line_too_long") {
    return silent(`the server writes lines of more than ${MAX_BYTES} bytes`, last);
  }
  const said = silent(`the server ended with exit code ${exitCode}`, last);
  return exitCode === EXIT.configuration ? { ...said, exit: EXIT.configuration } : said;
}

function silent(what: string, last: readonly string[]): Refused {
  return { exit: EXIT.outside, lines: [`${what}, and said:`, ...last.map(escapeUnprintable)] };
}
