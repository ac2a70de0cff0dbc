import type { ConfigPlace } from "../config/types.ts";
import { failed, type Outcome } from "../lib/outcome.ts";
import { EXIT, type Host, type Refused, type Terminal, type Typed } from "./types.ts";

/** One run of `mcp setup`. */
export interface Setup {
  readonly typed: Typed;
  readonly host: Host;
  /** Null: nobody is asked, and what is proposed is taken. */
  readonly terminal: Terminal | null;
  readonly place: ConfigPlace;
  /** Tells the copies of this run from others. */
  readonly stamp: string;
}

/** Whoever is asked has left. */
export const GONE: Outcome<never, Refused> = failed({
  exit: EXIT.no,
  lines: ["ended before everything was answered; run it again to go on"],
});
