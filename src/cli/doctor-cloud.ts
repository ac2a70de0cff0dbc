import { cloudFailure } from "./cloud-failure.ts";
import { type Examined, fail, type Found, ok } from "./doctor-found.ts";

/** Whether the Kubiya cloud answers, and takes the server's own key. */
export async function lookAtCloud({ host, config }: Examined): Promise<readonly Found[]> {
  if (config.kubiya === null) return [ok("not used: nothing in the configuration speaks of it")];
  const seen = await host.lookAtCloud(config);
  if (seen === null) {
    return [
      ok("asked about callers' keys alone: there is no `api_key` for it, and no tools of it"),
    ];
  }
  if (!seen.ok) return [fail(...cloudFailure(seen.failure))];
  if (seen.value !== null) return [ok("it answers, and takes the server's key")];
  return [fail("it does not take the `api_key`", "give the server another key of the cloud")];
}
