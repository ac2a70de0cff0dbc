import type { SeenRunner } from "../runners/types.ts";
import { tellRunners } from "./runners-seen.ts";
import type { Command } from "./types.ts";

/** `kubiya runners health` */
export const runnersHealth: Command = {
  name: "runners health",
  summary: "Ask how every runner is now; nothing runs on one that is not healthy.",
  options: [],
  run: (typed, host) =>
    tellRunners(typed, host, {
      about: "health",
      heads: ["NAME", "KIND", "HEALTH", "STATUS"],
      cells: (runner) => [runner.name, runner.kind, healthOf(runner), runner.status ?? "-"],
      row: ({ name, kind, healthy, status }) => ({ name, kind, healthy, status }),
    }),
};

function healthOf({ healthy }: SeenRunner): string {
  if (healthy === null) return "unknown";
  return healthy ? "healthy" : "unhealthy";
}
