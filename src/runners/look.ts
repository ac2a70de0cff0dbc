import type { Answer, CloudRunnerHealth, Kubiya, KubiyaFailure } from "../kubiya/types.ts";
import { isCloudName } from "./cloud-name.ts";
import type { SeenRunner, SeenRunners } from "./types.ts";

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
  if (!listed.ok) return { runners: [LOCAL], unheard: [textOf(listed.failure)] };
  const names = [...new Set(listed.value.map(({ name }) => name))].filter(isCloudName);
  const unheard: string[] = [];
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
    if (!health.ok) return void unheard.push(`${name}: ${textOf(health.failure)}`);
    const { healthy, status } = health.value;
    seen.set(name, { ...unasked(name), healthy, status });
  }
}

function unasked(name: string): SeenRunner {
  return { name, kind: "kubiya", healthy: null, status: null };
}

/** Why the cloud did not say it, and what to do. */
function textOf(failure: KubiyaFailure): string {
  switch (failure.reason) {
    case "kubiya_unreachable":
      return `${failure.endpoint}: ${failure.detail}; check the network and \`kubiya.base_url\``;
    case "kubiya_unauthorized":
      return `${failure.endpoint} answered ${failure.status}; use an \`api_key\` of the cloud that may`;
    case "kubiya_busy":
      return `${failure.endpoint} takes no more requests now; ask again later`;
    case "kubiya_refused":
      return `${failure.endpoint} answered ${failure.status}: ${failure.message}`;
    case "kubiya_unexpected":
      return `${failure.endpoint} cannot be read: ${failure.field}: ${failure.detail}; this program may be older than the cloud`;
    case "kubiya_too_much":
      return `${failure.endpoint} answered more than ${failure.allowedBytes} bytes`;
    case "kubiya_broke_off":
      return `${failure.endpoint} broke off: ${failure.detail}; ask again`;
    case "timed_out":
    case "cancelled":
      return `it did not answer within ${ALL_MS / 1000} s; ask again later`;
    case "kubiya_ran_and_failed":
      return failure.said;
  }
}
