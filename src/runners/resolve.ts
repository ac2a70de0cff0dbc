import type { ResolveRunner } from "./types.ts";

/** Resolves `default` and `auto`. This machine is the only runner whose health is known here. */
export function createResolveRunner(defaultRunner: string): ResolveRunner {
  return (requested) => {
    const wanted = requested === "default" ? defaultRunner : requested;
    const name = wanted === "auto" || wanted === "default" ? "local" : wanted;
    const local = name === "local";
    return { requested, name, kind: local ? "local" : "kubiya", healthy: local ? true : null };
  };
}
