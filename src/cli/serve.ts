import { CONFIG_OPTIONS, flagsOf, text } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya mcp serve` */
export const serve: Command = {
  name: "mcp serve",
  summary: "serve one MCP client over stdin and stdout",
  options: [
    ...CONFIG_OPTIONS,
    { flags: "--production", summary: "refuse unsafe settings" },
    {
      flags: "--session-timeout <seconds>",
      summary: "a session ends after this long without a request",
    },
    { flags: "--allow-platform-apis", summary: "offer tools that change the platform" },
    { flags: "--disable-platform-apis", summary: "do not offer them" },
    { flags: "--port <number>", summary: "serve over HTTP (not available yet)" },
    { flags: "--host <address>", summary: "serve over HTTP (not available yet)" },
    { flags: "--verbose", summary: "log more" },
  ],
  run: async (typed, host) => {
    const http = ["port", "host"].filter((name) => text(typed, name) !== undefined);
    for (const name of http) {
      host.remark(
        `command line: --${name}: not available yet (leave it out: this version serves stdio)\n`,
      );
    }
    if (http.length > 0) return EXIT.configuration;
    return host.serve(host.loadConfig(flagsOf(typed)));
  },
};
