import { resolve } from "node:path";
import type { Entry, TrailReader } from "../audit/types.ts";
import { faultLine } from "../lib/fault.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { flagsOf } from "./typed.ts";
import { EXIT, type ExitCode, type Host, type Option, type Typed } from "./types.ts";

/** Where the trail is that a command reads. */
export const TRAIL: Option = {
  flags: "[path]",
  summary: "a file, a chain's folder, or the folder of all; left out: audit.dir",
};

/** An entry that is no record. */
type Wrong = Exclude<Entry, { readonly is: "record" }>;

/** The same, where something else is what the command is about. */
export const TRAIL_OPTION: Option = {
  flags: "--trail <path>",
  summary: "a file, a chain's folder, or the folder of all; left out: audit.dir",
};

/** A trail that is read, and who hears of what is no record in it. */
export interface Reading {
  readonly trail: TrailReader;
  /** Names what is left out. */
  readonly leaveOut: (wrong: Wrong) => void;
}

/** Lines that are named; what is beyond them is counted. */
const NAMED = 20;

/** A trail, and who wants to read it. */
interface Wanted {
  readonly typed: Typed;
  readonly host: Host;
  /** Undefined: that of the configuration. */
  readonly path: string | undefined;
}

/** Reads a trail. Where the configuration is needed for nothing, it is not read: an auditor may have none. */
export async function withTrail(
  { typed, host, path }: Wanted,
  read: (reading: Reading) => Promise<void>,
): Promise<ExitCode> {
  const say = (line: string): void => host.remark(`${escapeUnprintable(line)}\n`);
  const loaded = path === undefined ? await host.loadConfig(flagsOf(typed))() : null;
  if (loaded?.ok === false) {
    for (const fault of loaded.failure) host.remark(`${faultLine(fault)}\n`);
    return EXIT.configuration;
  }
  const opened = await host.openTrail(
    loaded?.value.config.audit.dir ?? resolve(host.cwd, path ?? ""),
  );
  if (!opened.ok) {
    say(opened.failure.detail);
    return EXIT.outside;
  }
  let wrong = 0;
  const leaveOut = ({ is, file, line, detail }: Wrong): void => {
    // A server that lives may be in the middle of it.
    if (is === "damage") wrong += 1;
    if (wrong > NAMED) return;
    say(line === null ? `${file}: ${detail}` : `${file}:${line} is no record: ${detail}`);
  };
  await read({ trail: opened.value, leaveOut });
  if (wrong > NAMED) say(`and ${wrong - NAMED} more`);
  return wrong === 0 ? EXIT.yes : EXIT.outside;
}
