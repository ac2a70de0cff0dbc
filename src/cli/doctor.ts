import { SERVER_OPTIONS } from "./serve.ts";
import type { Command } from "./types.ts";

/** `kubiya mcp doctor` */
export const doctor: Command = {
  name: "mcp doctor",
  summary:
    "Check the machine and the configuration for a server with these options; each finding with its mend. Changes nothing.",
  options: SERVER_OPTIONS,
  // The checks are many: no other command reads them.
  run: async (typed, host) => (await import("./doctor-examine.ts")).examineAll(typed, host),
};
