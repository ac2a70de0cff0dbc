import type { Runner } from "../runners/types.ts";

/** Where something is done by asking somebody else: from here, wherever that leads. */
export const HERE: Runner = { requested: "local", name: "local", kind: "local", healthy: true };
