import { done, failed, type Outcome } from "../lib/outcome.ts";
import { CONFIG_OPTIONS, flagsOf, number, text } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya mcp serve` */
export const serve: Command = {
  name: "mcp serve",
  summary: "Serve one MCP client over stdin and stdout.",
  options: [
    ...CONFIG_OPTIONS,
    { flags: "--port <number>", summary: "serve over HTTP (not available yet)", parse: port },
    { flags: "--host <address>", summary: "serve over HTTP (not available yet)" },
  ],
  run: async (typed, host) => {
    const http = [
      ...(number(typed, "port") === undefined ? [] : ["--port"]),
      ...(text(typed, "host") === undefined ? [] : ["--host"]),
    ];
    for (const flag of http) {
      host.remark(
        `command line: ${flag}: not available yet (leave it out: this version serves stdio)\n`,
      );
    }
    if (http.length > 0) return EXIT.configuration;
    return host.serve(host.loadConfig(flagsOf(typed)));
  },
};

function port(written: string): Outcome<number, string> {
  return /^\d{1,5}$/.test(written) && Number(written) <= 65_535
    ? done(Number(written))
    : failed("It must be a number from 0 to 65535; 0 picks a free port.");
}
