import { tellRunners } from "./runners-seen.ts";
import type { Command } from "./types.ts";

/** `kubiya runners list` */
export const runnersList: Command = {
  name: "runners list",
  summary: "Show every runner that a tool can name: this machine, and those of the Kubiya cloud.",
  options: [],
  run: (typed, host) =>
    tellRunners(typed, host, {
      about: "names",
      heads: ["NAME", "KIND"],
      cells: ({ name, kind }) => [name, kind],
      row: ({ name, kind }) => ({ name, kind }),
    }),
};
