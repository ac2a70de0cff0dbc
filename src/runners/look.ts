import type { Answer, CloudRunnerHealth, Kubiya } from "../kubiya/types.ts";
import { isCloudName } from "./cloud-name.ts";
import type { SeenRunner, SeenRunners, Unheard } from "./types.ts";

const LOCAL: SeenRunner = { name: "local", kind: "local", healthy: true, status: null };
/** All requests together: somebody sits and waits. */
const ALL_MS = 30_000;
const AT_ONCE = 4;

/** Asks the cloud once, for whoever wants to know now; null: no cloud is used. */
export async function lookAtRunners(
  kubiya: Pick<Kubiya, "runners" | "runnerHealth"> | null,
  about: "names" | "health",
): Promise<SeenRunners> {
  if (kubiya === null) return { runners: [LOCAL], unheard: null };
  const signal = AbortSignal.timeout(ALL_MS);
  const listed = await kubiya.runners({ signal });
  if (!listed.ok) return { runners: [LOCAL], unheard: [{ about: null, failure: listed.failure }] };
  const names = [...new Set(listed.value.map(({ name }) => name))].filter(isCloudName);
  const unheard: Unheard[] = [];
  const seen = new Map<string, SeenRunner>(names.map((name) => [name, unasked(name)]));
  if (about === "health") {
    const waiting = names.values();
    const askNext = async (): Promise<void> => {
      for (const name of waiting) await see(name, kubiya.runnerHealth(name, { signal }));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askNext));
  }
  return { runners: [LOCAL, ...seen.values()], unheard };

  async function see(name: string, asked: Answer<CloudRunnerHealth>): Promise<void> {
    const health = await asked;
    if (!health.ok) return void unheard.push({ about: name, failure: health.failure });
    const { healthy, status } = health.value;
    seen.set(name, { ...unasked(name), healthy, status });
  }
}

function unasked(name: string): SeenRunner {
  return { name, kind: "kubiya", healthy: null, status: null };
}
