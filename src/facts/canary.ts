import type { Step, Tool } from "../tools/types.ts";
import type { Facts } from "./types.ts";

const TOOL: Tool = {
  name: "canary",
  description: "a tool that nobody sees: policies must allow it before they decide for anybody",
  source: "whitelist",
  origin: null,
  type: "shell",
  image: null,
  digest: "sha256:canary",
  approved: true,
  requires: ["tools:execute"],
  runner: { requested: "local", name: "local", kind: "local", healthy: true },
  presentation: {},
  inputSchema: { type: "object" },
};

/** A call that every set of built-in policies must allow under `canaryFacts`. */
export const CANARY_STEP: Step = {
  tool: TOOL,
  arguments: { command: "sing" },
  runner: TOOL.runner,
};

/** The facts of a server without any limit. */
export function canaryFacts(defaults: Facts["defaults"]): Facts {
  const { source, type, image, digest, approved, requires, runner } = TOOL;
  const { name, kind, healthy } = runner;
  return {
    require_auth: false,
    allow_platform_apis: false,
    allowed_ips: null,
    whitelist: null,
    runners: { enabled: true, allowed: null },
    roles: {},
    tools: {
      [TOOL.name]: {
        source,
        type,
        image,
        digest,
        approved,
        requires,
        runner: { name, kind, healthy },
      },
    },
    defaults,
  };
}
