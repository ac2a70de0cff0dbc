import { done, type Outcome } from "../lib/outcome.ts";
import type { Ask, Told } from "./ask.ts";
import { named, object, objects, reading } from "./read.ts";
import type { Kubiya, KubiyaFailure } from "./types.ts";

/** What the cloud knows beside tools: integrations, the names of secrets, knowledge. */
export function createLibrary(
  ask: Ask,
): Pick<Kubiya, "integrations" | "createIntegration" | "secrets" | "knowledge" | "knowledgeItem"> {
  return {
    integrations: (asking) => {
      const query = { full: "true" };
      const path = ["integrations"];
      return reading(ask({ method: "GET", version: "v2", path, query }, asking), objects);
    },
    createIntegration: (body, asking) =>
      reading(ask({ method: "POST", version: "v2", path: ["integrations"], body }, asking), object),
    secrets: (asking) =>
      reading(ask({ method: "GET", version: "v1", path: ["secrets"] }, asking), names),
    knowledge: ({ query, limit }, asking) => {
      const wanted = {
        ...(query === null ? {} : { query }),
        ...(limit === null ? {} : { limit: String(limit) }),
      };
      const path = ["knowledge"];
      return reading(ask({ method: "GET", version: "v1", path, query: wanted }, asking), objects);
    },
    knowledgeItem: (id, asking) =>
      reading(ask({ method: "GET", version: "v1", path: ["knowledge", id] }, asking), object),
  };
}

/** Whatever else stands beside a name is not handed on. */
function names(told: Told): Outcome<readonly string[], KubiyaFailure> {
  const listed = named(told);
  return listed.ok ? done(listed.value.map(({ name }) => name)) : listed;
}
