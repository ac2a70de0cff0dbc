// On the trust boundary: what runs in the cloud and tells of itself. A stream is over when it says so, and not
// when it ends: one that breaks off before is a failure, whatever came before it.

import { done, failed } from "../lib/outcome.ts";
import type { Answered, SendFailure } from "../outbound/types.ts";
import { type Asked, type AskParts, begin, type Safe } from "./ask.ts";
import { fromSend, said } from "./failure.ts";
import type { Heard } from "./heard.ts";
import { createLines } from "./lines.ts";
import { createMessages, type Message } from "./messages.ts";
import { createOutput, type Output } from "./output.ts";
import type { Answer, CloudRun, KubiyaFailure, Watching } from "./types.ts";

/** What runs, and how its messages are read. */
export interface Watched {
  readonly asked: Asked;
  readonly safe: Safe;
  readonly hear: (message: Message) => readonly Heard[];
}

const HOUR_MS = 60 * 60_000;
/** More than anybody reads, also of what is not kept. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Runs it, tells its news, and gives what it wrote. */
export async function watch(
  parts: AskParts,
  watched: Watched,
  watching: Watching,
): Answer<CloudRun> {
  const { signal, timeoutMs } = watching;
  const silentMs = Math.max(3 * timeoutMs, HOUR_MS);
  const limits = { silentMs, maxBytes: MOST_BYTES, signal, safe: watched.safe } as const;
  const begun = await begin(parts, watched.asked, limits);
  if (!begun.ok) return begun;
  const { endpoint, read } = begun.value;
  const output = createOutput(watching);
  const { found, broken } = await follow(read, watched.hear, output);
  if (broken?.reason === "aborted") return failed(fromSend(endpoint, broken));
  if (found.unexpected !== null) {
    return failed({ reason: "kubiya_unexpected", endpoint, ...found.unexpected });
  }
  const { exitCode } = found;
  const failure = found.failure ?? ((exitCode ?? 0) === 0 ? null : output.lastWords());
  if (failure !== null) {
    const words = said(failure, parts.key.reveal());
    return failed({ reason: "kubiya_ran_and_failed", exitCode, said: words });
  }
  return found.ended ? done(output.left(exitCode)) : failed(endedEarly(endpoint, broken));
}

/** What a stream said of its run, as far as it came. */
interface Found {
  readonly ended: boolean;
  readonly exitCode: number | null;
  readonly failure: string | null;
  readonly unexpected: { readonly field: string; readonly detail: string } | null;
}

interface Followed {
  readonly found: Found;
  /** Null where the connection was ended in order. */
  readonly broken: SendFailure | null;
}

async function follow(
  read: Answered["read"],
  hear: Watched["hear"],
  output: Output,
): Promise<Followed> {
  let found: Found = { ended: false, exitCode: null, failure: null, unexpected: null };
  let broken: SendFailure | null = null;
  const messages = createMessages((message) => {
    for (const heard of hear(message)) found = take(found, heard, output);
    return isOver() ? "enough" : "more";
  });
  const lines = createLines(messages.line);
  const ended = await read((text) => {
    const pushed = lines.push(text);
    if (pushed.ok) return pushed.value;
    broken = { reason: "too_large", ...pushed.failure };
    return "enough";
  });
  if (!ended.ok) return { found, broken: ended.failure };
  if (broken === null && !isOver() && messages.line(lines.rest()) === "more") messages.end();
  return { found, broken };

  function isOver(): boolean {
    return found.ended || found.unexpected !== null;
  }
}

function take(found: Found, heard: Heard, output: Output): Found {
  switch (heard.kind) {
    case "output":
      output.write(heard.text);
      return found;
    case "error_output":
      output.writeError(heard.text);
      return found;
    case "exit":
      return { ...found, exitCode: heard.code };
    case "failure":
      return { ...found, failure: found.failure ?? heard.text };
    case "end":
      return { ...found, ended: true };
    case "unexpected":
      return { ...found, unexpected: { field: heard.field, detail: heard.detail } };
  }
}

function endedEarly(endpoint: string, broken: SendFailure | null): KubiyaFailure {
  if (broken?.reason === "silent") {
    return { reason: "timed_out", afterMs: broken.afterMs, stderr: "" };
  }
  if (broken !== null) return fromSend(endpoint, broken);
  const detail = "the stream ended without its end mark";
  return { reason: "kubiya_broke_off", endpoint, detail };
}
