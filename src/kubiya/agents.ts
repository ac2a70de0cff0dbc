import type { Ask } from "./ask.ts";
import { nothing, object, objects, reading } from "./read.ts";
import type { Kubiya } from "./types.ts";

/** Agents of the cloud. */
export function createAgents(
  ask: Ask,
): Pick<Kubiya, "agents" | "createAgent" | "updateAgent" | "deleteAgent"> {
  return {
    agents: (asking) => {
      const query = { mode: "all" };
      return reading(
        ask({ method: "GET", version: "v1", path: ["agents"], query }, asking),
        objects,
      );
    },
    createAgent: (body, asking) =>
      reading(ask({ method: "POST", version: "v1", path: ["agents"], body }, asking), object),
    updateAgent: (id, body, asking) =>
      reading(ask({ method: "PUT", version: "v1", path: ["agents", id], body }, asking), object),
    deleteAgent: (id, asking) =>
      reading(ask({ method: "DELETE", version: "v1", path: ["agents", id] }, asking), nothing),
  };
}
