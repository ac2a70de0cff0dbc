import type { Config } from "../config/types.ts";
import { isJsonList, isJsonObject, type JsonObject, parseJson } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import type { Finished } from "../subprocess/types.ts";
import { EXIT, type Host, type Refused } from "./types.ts";

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
  { path }: Config,
  host: Host,
): Promise<Outcome<Offered, Refused>> {
  const ran = await host.runProgram(
    {
      ...{ program: command, args, cwd: host.home },
      env: { HOME: host.home, PATH: path, ...env },
      stdin: exchange(host.version),
      ...{ timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_BYTES },
    },
    { signal: new AbortController().signal, onLine: () => {} },
  );
  if (!ran.ok) {
    const why = `the server could not be tried: ${ran.failure.reason}`;
    return failed({ exit: EXIT.outside, lines: [why] });
  }
  const answer = answerIn(ran.value.stdout);
  if (answer === null) return failed(silent(ran.value));
  return isJsonObject(answer["result"])
    ? done(offeredIn(answer["result"]))
    : failed(denied(answer));
}

/** As a client of the legacy era begins; the end of its input is the end of the server. */
function exchange(version: string): string {
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
  return messages.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`).join("");
}

const LIST = 2;

function answerIn(stdout: string): JsonObject | null {
  const messages = stdout.split("\n").flatMap((line) => {
    try {
      const message = parseJson(line);
      return isJsonObject(message) ? [message] : [];
    } catch {
      // Nothing but messages may be there: whatever else is, it is no answer.
      return [];
    }
  });
  return messages.find(({ id }) => id === LIST) ?? null;
}

function offeredIn({ tools, nextCursor }: JsonObject): Offered {
  const listed = isJsonList(tools) ? tools : [];
  const names = listed.flatMap((tool) =>
    isJsonObject(tool) && typeof tool["name"] === "string" ? [tool["name"]] : [],
  );
  return { tools: names, more: nextCursor !== undefined };
}

function denied({ error }: JsonObject): Refused {
  const message = isJsonObject(error) ? error["message"] : null;
  const said = typeof message === "string" ? message : "it gave no reason";
  return {
    exit: EXIT.no,
    lines: [
      `the server starts, and does not list its tools: ${escapeUnprintable(said)}`,
      "a key that it knows, in a file that is yours alone, lets its client in:",
      '  umask 077; kubiya auth key create --name "$USER" > ~/.kubiya/key',
      "  kubiya mcp setup --api-key-file ~/.kubiya/key",
    ],
  };
}

function silent({ exitCode, stderr }: Finished): Refused {
  const last = stderr.trimEnd().split("\n").slice(-LAST_LINES).map(escapeUnprintable);
  const exit = exitCode === EXIT.configuration ? EXIT.configuration : EXIT.outside;
  return { exit, lines: [`the server ended with exit code ${exitCode}, and said:`, ...last] };
}
