// On the trust boundary: carries out the terms on which something was decided. It never weighs them: an
// obligation that nobody knows was a denial before it came here.

import type { Decide, Decision } from "../decision/types.ts";
import type { InputDocument } from "../input/types.ts";
import { cutText } from "../lib/text.ts";
import type { News, ToolFailure } from "../tools/types.ts";
import type { Heard } from "./types.ts";

/** The same questions; each answer is heard of as soon as it is given, whatever it leads to. */
export function overhear(decide: Decide, hear: (heard: Heard | null) => void): Decide {
  return {
    admit: async (input) => heard(input, await decide.admit(input)),
    list: async (input) => heard(input, await decide.list(input)),
    manage: async (input, subject) => {
      const verdict = await decide.manage(input, subject);
      heard(input, verdict.decision);
      return verdict;
    },
    call: async (input, subject) => {
      const verdict = await decide.call(input, subject);
      heard(input, verdict.decision);
      return verdict;
    },
    read: async (input, subject) => {
      const verdict = await decide.read(input, subject);
      heard(input, verdict.decision);
      return verdict;
    },
    mask: async (record) => {
      const paths = await decide.mask(record);
      if (paths === null) hear(null);
      return paths;
    },
    alerts: decide.alerts,
  };

  function heard<Answer extends Decision>(input: InputDocument, decision: Answer): Answer {
    hear({ input, decision });
    return decision;
  }
}

/** How many bytes of what a source says may leave: as news while it runs, and again in its answer. */
export function outputLimit({ obligations }: Decision): number {
  const limits = obligations.map((each) => (each.kind === "limit_output" ? each.bytes : Infinity));
  return Math.min(...limits);
}

/** Passes news on until so many bytes of them have left. Data in a log is passed whole or not at all. */
export function limitNews(report: (news: News) => void, maxBytes: number): (news: News) => void {
  if (maxBytes === Infinity) return report;
  let left = maxBytes;
  return (news) => {
    if (left <= 0) return;
    const said = saidIn(news);
    if (news.kind === "log" && Buffer.byteLength(said) > left) return;
    const cut = cutText(said, left);
    left -= Buffer.byteLength(said) + 1;
    if (news.kind === "line") report({ ...news, text: cut });
    else report(news.kind === "progress" ? { ...news, message: cut } : news);
  };
}

function saidIn(news: News): string {
  switch (news.kind) {
    case "line":
      return news.text;
    case "progress":
      return news.message;
    case "log":
      return JSON.stringify([news.logger, news.said]);
  }
}

/** A failure that says no more than so many bytes in its source's words. */
export function limitFailure(failure: ToolFailure, maxBytes: number): ToolFailure {
  switch (failure.reason) {
    case "exited": {
      // What went wrong stands on stderr, so that goes first.
      const stderr = cutText(failure.stderr, maxBytes);
      const stdout = cutText(failure.stdout, maxBytes - Buffer.byteLength(stderr));
      return { ...failure, stdout, stderr };
    }
    case "timed_out":
    case "cancelled":
      return { ...failure, stderr: cutText(failure.stderr, maxBytes) };
    // A tool can print what looks like an engine's words, and an upstream's words are its own.
    case "no_image":
    case "engine_failed":
    case "engine_silent":
    case "engine_forbidden":
    case "not_confined":
    case "not_startable":
    case "upstream_unreachable":
    case "upstream_broke_off":
    case "upstream_refused":
    case "upstream_too_much":
    case "kubiya_unreachable":
    case "kubiya_unexpected":
    case "kubiya_broke_off":
      return { ...failure, detail: cutText(failure.detail, maxBytes) };
    case "kubiya_refused":
      return { ...failure, message: cutText(failure.message, maxBytes) };
    case "kubiya_ran_and_failed":
      return { ...failure, said: cutText(failure.said, maxBytes) };
    case "kubiya_unauthorized":
    case "kubiya_busy":
    case "kubiya_not_asked":
    case "kubiya_too_much":
    case "not_found":
    case "not_preparable":
    case "not_ended":
    case "output_without_end":
    case "runner_not_available":
    case "left_running":
    case "no_engine":
    case "folder_failed":
    case "too_large":
    case "broke_off":
    case "upstream_asked":
    case "upstream_changed":
      return failure;
  }
}
