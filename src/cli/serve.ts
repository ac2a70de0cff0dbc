import { done, failed, type Outcome } from "../lib/outcome.ts";
import { CONFIG_OPTIONS, flagsOf } from "./typed.ts";
import type { Command, Option } from "./types.ts";

/** The options that say how a server is to be. */
export const SERVER_OPTIONS: readonly Option[] = [
  ...CONFIG_OPTIONS,
  { flags: "--port <number>", summary: "serve over HTTP; 0 picks a free port", parse: port },
  { flags: "--host <address>", summary: "the address to listen on, instead of 127.0.0.1" },
  {
    flags: "--insecure-http",
    summary: "let credentials be sent in the clear to an address that is not loopback",
  },
];

/** `kubiya mcp serve` */
export const serve: Command = {
  name: "mcp serve",
  summary: "Serve one MCP client over stdin and stdout, or many over HTTP.",
  options: SERVER_OPTIONS,
  run: (typed, host) => host.serve(host.loadConfig(flagsOf(typed))),
};

function port(written: string): Outcome<number, string> {
  return /^\d{1,5}$/.test(written) && Number(written) <= 65_535
    ? done(Number(written))
    : failed("It must be a number from 0 to 65535; 0 picks a free port.");
}
