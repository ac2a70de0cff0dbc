import { isJsonList, isJsonObject } from "../lib/json.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { Ask, Told } from "./ask.ts";
import { unexpected } from "./failure.ts";
import { named, nothing, object, reading } from "./read.ts";
import type { CloudRunnerHealth, Kubiya, KubiyaFailure } from "./types.ts";

const HEALTHY = ["healthy", "ok", "ready"];

/** Runners of the cloud. */
export function createRunners(
  ask: Ask,
): Pick<Kubiya, "runners" | "runnerHealth" | "createRunner" | "deleteRunner"> {
  return {
    runners: (asking) =>
      reading(ask({ method: "GET", version: "v3", path: ["runners"] }, asking), named),
    runnerHealth: (name, asking) => {
      const path = ["runners", name, "health"];
      return reading(ask({ method: "GET", version: "v3", path }, asking), health);
    },
    createRunner: (name, asking) => {
      const path = ["runners", name];
      return reading(ask({ method: "POST", version: "v3", path }, asking), object);
    },
    deleteRunner: (name, asking) => {
      const path = ["runners", name];
      return reading(ask({ method: "DELETE", version: "v3", path }, asking), nothing);
    },
  };
}

/** `{health, status, checks[]}`, of which the status counts. */
function health(told: Told): Outcome<CloudRunnerHealth, KubiyaFailure> {
  const answer = object(told);
  if (!answer.ok) return answer;
  const { status, checks = [] } = answer.value;
  if (typeof status !== "string") return unexpected(told.endpoint, "status", "it is no text");
  if (checks !== null && !isJsonList(checks)) {
    return unexpected(told.endpoint, "checks", "it is no list");
  }
  const healthy = HEALTHY.includes(status.toLowerCase());
  return done({ healthy, status, checks: (checks ?? []).filter(isJsonObject) });
}
