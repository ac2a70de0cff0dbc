import type { KnownRunner, ResolveRunner, Runner } from "./types.ts";

/** Where `auto` looks first, in this order: the cloud's own documentation names them. */
const FIRST = ["kubiya-hosted", "kubiya-hosted-1", "kubiya-cloud"] as const;

/** Resolves `default` and `auto`; `known` is null where no cloud is used: then `auto` is this machine. */
export function createResolveRunner(
  defaultRunner: string,
  known: readonly KnownRunner[] | null,
): ResolveRunner {
  const healthOf = new Map((known ?? []).map(({ name, healthy }) => [name, healthy]));
  const [auto = "local", ...instead] = known === null ? [] : healthiest(healthOf);
  return (requested): Runner => {
    const wanted = requested === "default" ? defaultRunner : requested;
    const name = wanted === "auto" ? auto : wanted === "default" ? "local" : wanted;
    if (name === "local") return { requested, name, kind: "local", healthy: true };
    const runner = {
      requested,
      name,
      kind: "kubiya",
      healthy: healthOf.get(name) ?? null,
    } as const;
    return wanted === "auto" ? { ...runner, instead } : runner;
  };
}

/** Where none is healthy it is the first that is known, or would be: its health says why nothing runs there. */
function healthiest(healthOf: ReadonlyMap<string, boolean | null>): readonly string[] {
  const others = [...healthOf.keys()].filter((name) => !FIRST.some((first) => first === name));
  const known = [...FIRST, ...others].filter((name) => healthOf.has(name));
  const healthy = known.filter((name) => healthOf.get(name) === true);
  return healthy.length > 0 ? healthy : [known[0] ?? FIRST[0]];
}
