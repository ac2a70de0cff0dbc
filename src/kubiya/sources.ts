import type { Ask } from "./ask.ts";
import { object, objects, reading, tools } from "./read.ts";
import type { Kubiya } from "./types.ts";

/** Sources of tools, in the cloud. */
export function createSources(
  ask: Ask,
): Pick<Kubiya, "sources" | "sourceTools" | "createSource" | "discoverSource"> {
  return {
    sources: (asking) =>
      reading(ask({ method: "GET", version: "v1", path: ["sources"] }, asking), objects),
    sourceTools: (id, asking) => {
      const path = ["sources", id, "metadata"];
      return reading(ask({ method: "GET", version: "v1", path }, asking), tools);
    },
    createSource: (body, asking) =>
      reading(ask({ method: "POST", version: "v1", path: ["sources"], body }, asking), object),
    discoverSource: ({ url, runner }, asking) => {
      const path = ["sources", "load"];
      const query = { url, runner };
      return reading(ask({ method: "POST", version: "v1", path, query }, asking), tools);
    },
  };
}
