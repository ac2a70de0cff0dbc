// On the trust boundary: the line to an upstream that is a program. Its environment is what is configured and
// nothing else; what it writes is bounded, and when the line is closed nothing of it runs.

import {
  deserializeMessage,
  type JSONRPCMessage,
  type Transport,
} from "@modelcontextprotocol/client";
import type { ProgramReach } from "../../../config/types.ts";
import { isJsonObject, parseJson } from "../../../lib/json.ts";
import { thrownText } from "../../../lib/thrown.ts";
import type { FindProgram, StartTalk, Talk, TalkEnd } from "../../../subprocess/types.ts";
import type { UpstreamLimits } from "../limits.ts";
import type { ErrorLines } from "./error-lines.ts";
import { programOf } from "./missing-programs.ts";
import type { Line } from "./types.ts";

/** What the line is made of. */
export interface ProgramLineParts {
  readonly reach: ProgramReach;
  /** The server's own PATH, on which a program is looked up where its environment has none. */
  readonly path: string;
  readonly startTalk: StartTalk;
  readonly findProgram: FindProgram;
  readonly limits: UpstreamLimits;
  readonly errors: ErrorLines;
}

/** What is told of an answer that nobody can read, in words that follow "the MCP server NAME". */
export const UNFIT = "answered with something that is none of the protocol's";

const PATH_MEND = 'if it starts other programs, add "PATH": "${PATH}" to its `env`';

/** How a shell ends that cannot start what it is told to (POSIX, section 2.8.2 of the shell's language). */
const NOT_STARTED: readonly (number | null)[] = [126, 127];
/** How a shell and Node say it, where somebody else ends with a code of its own. */
const NOT_FOUND = /: (?:command )?not found$|\bspawn \S+ ENOENT\b/;

/** Marks the answer that a request is given here when what came as one is no message of the protocol. */
export const NO_MESSAGE: unique symbol = Symbol("an answer that is no message");

/** A program cannot be started. */
class StartError extends Error {
  override readonly name = "StartError";
}

/** `pid` and `stderr` tell the library that a program is behind it: one that is silent is an older one. */
type ProgramTransport = Transport & { readonly pid: null; readonly stderr: null };

/** A line to a program, which starts when the transport does. */
export function openProgramLine(parts: ProgramLineParts): Line<ProgramTransport> {
  const { errors } = parts;
  let talk: Talk | null = null;
  let closed = false;
  let exited = false;
  let turn = Promise.resolve();
  const ended = Promise.withResolvers<string>();
  const transport: ProgramTransport = {
    pid: null,
    stderr: null,
    start: async () => {
      errors.begin();
      const started = await start(parts, onLine);
      talk = started;
      if (closed) await started.close();
      void follow(started);
    },
    send: async (message) => {
      if (talk?.say(JSON.stringify(message)) === true) return;
      throw new Error("it has ended, or does not read what it is sent");
    },
    close,
  };
  return { transport, ended: ended.promise, hasExited: () => exited, close };

  async function close(): Promise<void> {
    closed = true;
    await talk?.close();
  }

  async function follow(started: Talk): Promise<void> {
    const end = await started.ended;
    exited = end.reason === "exited";
    // What it said before its end is heard before its end.
    await turn;
    ended.resolve(toldEnd(end, parts));
    transport.onclose?.();
  }

  function onLine(line: string): void {
    if (line.trim() === "") return;
    try {
      hear(deserializeMessage(line));
    } catch {
      errors.add(`(no message) ${line}`);
      const id = answeredIn(line);
      const error = { code: -32000, message: `it ${UNFIT}`, data: NO_MESSAGE };
      // Nothing else will answer whoever waits for this.
      if (id !== null) hear({ jsonrpc: "2.0", id, error });
    }
  }

  /** One after the other: the library hears a notification a moment later, and an answer at once. */
  function hear(message: JSONRPCMessage): void {
    turn = turn.then(() => transport.onmessage?.(message)).catch(misunderstood);
  }

  function misunderstood(thrown: unknown): void {
    errors.add(`(not understood) ${thrownText(thrown)}`);
  }
}

/** The request that a line without a message means to answer; null where it answers none. */
function answeredIn(line: string): string | number | null {
  try {
    const said = parseJson(line);
    if (!isJsonObject(said) || !("result" in said || "error" in said)) return null;
    const { id } = said;
    return typeof id === "string" || typeof id === "number" ? id : null;
  } catch {
    return null;
  }
}

async function start(
  { reach, path, startTalk, findProgram, limits, errors }: ProgramLineParts,
  onLine: (line: string) => void,
): Promise<Talk> {
  const { command, args, cwd } = reach;
  const env = Object.fromEntries(
    Object.entries(reach.env).map(([name, { value }]) => [name, value.reveal()]),
  );
  const program = await programOf(reach, path, findProgram);
  if (program === null) throw new StartError(`the program ${command} is not there`);
  const started = await startTalk(
    { program, args, env, cwd },
    {
      onLine,
      onErrorLine: errors.add,
      maxLineBytes: limits.maxMessageBytes,
      maxWaitingBytes: limits.maxWaitingBytes,
    },
  );
  if (started.ok) return started.value;
  const { failure } = started;
  const why =
    failure.reason === "not_startable" ? failure.detail : "it, or its folder, is not there";
  throw new StartError(`the program ${command} cannot be started: ${why}`);
}

function toldEnd(
  { reason, exitCode }: TalkEnd,
  { reach, limits, errors }: ProgramLineParts,
): string {
  switch (reason) {
    case "exited": {
      const last = errors.last();
      const said = last === "" ? "" : `, and last said: ${last}`;
      // What looks for its interpreter, or starts other programs, needs one; clients add theirs unasked.
      const missed = NOT_STARTED.includes(exitCode) || NOT_FOUND.test(last);
      const hint = missed && !("PATH" in reach.env) ? ` (it has no PATH: ${PATH_MEND})` : "";
      return `ended with exit code ${exitCode}${said}${hint}`;
    }
    case "line_too_long":
      return `wrote a line of more than ${limits.maxMessageBytes} bytes, and was ended`;
    case "closed":
      return exitCode === null ? "was killed, and still runs" : "was closed";
  }
}
