// On the trust boundary: what a tool of the configuration or of the platform says, without the secrets that this
// server holds.

import type { Json } from "../lib/json.ts";
import type { KubiyaFailure } from "../kubiya/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { FinishedThere, RunnerFailure } from "../runners/types.ts";
import { MAX_LINE } from "../subprocess/types.ts";
import { type Hide, hidden } from "./hide.ts";
import type { NotPreparable, ToolFailure, ToolResult } from "./types.ts";

type RunFailure = RunnerFailure | KubiyaFailure | NotPreparable;

/** What a tool says, without secrets. */
export interface Said {
  readonly line: (line: string) => string;
  readonly stdout: (finished: FinishedThere) => string;
  readonly stderr: (stderr: string) => string;
  readonly detail: (detail: string) => string;
  /** Of words that were cut on either side. */
  readonly piece: (piece: string) => string;
  /** Of a document that is whole. */
  readonly json: (value: Json) => Json;
}

/** Knows where what a tool says may have been cut. */
export function createSaid(hide: Hide, maxOutputBytes: number): Said {
  return {
    line: (line) => (line.length < MAX_LINE ? hide.inWhole(line) : hide.inBeginning(line)),
    stdout: ({ stdout, truncated, stdoutBytes }) =>
      truncated
        ? `${hide.inBeginning(stdout)}\n[cut: it wrote ${stdoutBytes} bytes]`
        : hide.inWhole(stdout),
    // The end was kept, from the first whole character on.
    stderr: (stderr) =>
      Buffer.byteLength(stderr) > maxOutputBytes - 4 ? hide.inEnd(stderr) : hide.inWhole(stderr),
    detail: hide.inWhole,
    piece: (piece) => hide.inEnd(hide.inBeginning(piece)),
    json: (value) => hidden(value, hide),
  };
}

/** How a program ends that the kernel killed: 128 and the number of SIGKILL. */
const KILLED = 137;

/** What is left of a run for its caller; `memory` is what its container might use, null where it had none. */
export function resultOf(
  ran: Outcome<FinishedThere, RunFailure>,
  said: Said,
  memory: string | null = null,
): Outcome<ToolResult, ToolFailure> {
  if (!ran.ok) return failed(hiddenFailure(ran.failure, said));
  const { exitCode, stdoutBytes: outputBytes, truncated } = ran.value;
  const text = said.stdout(ran.value);
  if (exitCode === 0 || exitCode === null) {
    const content = [{ type: "text", text }];
    const plain = { kind: "result", structured: null, isError: false } as const;
    return done({ ...plain, content, exitCode, outputBytes, truncated });
  }
  const stderr = said.stderr(ran.value.stderr);
  // The container is gone, and with it the engine's word for why.
  const killed = exitCode === KILLED && memory !== null ? { memory } : {};
  return failed({ reason: "exited", exitCode, stdout: text, stderr, outputBytes, ...killed });
}

/** A failure without the secrets that its text may carry. */
export function hiddenFailure(failure: RunFailure, said: Said): RunFailure {
  switch (failure.reason) {
    case "timed_out":
    case "cancelled":
      return { ...failure, stderr: said.stderr(failure.stderr) };
    case "no_image":
    case "engine_failed":
    case "engine_silent":
    case "engine_forbidden":
    case "not_confined":
    case "not_startable":
    case "kubiya_unreachable":
    case "kubiya_unexpected":
    case "kubiya_broke_off":
    case "not_preparable":
      return { ...failure, detail: said.detail(failure.detail) };
    case "kubiya_refused":
      return { ...failure, message: said.piece(failure.message) };
    case "kubiya_ran_and_failed":
      return { ...failure, said: said.piece(failure.said) };
    case "not_found":
    case "no_engine":
    case "output_without_end":
    case "not_ended":
    case "folder_failed":
    case "runner_not_available":
    case "left_running":
    case "kubiya_unauthorized":
    case "kubiya_busy":
    case "kubiya_not_asked":
    case "kubiya_too_much":
      return failure;
  }
}
