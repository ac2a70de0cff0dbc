import { cloudFailure } from "./cloud-failure.ts";
import { type Examined, fail, type Found, ok, warn } from "./doctor-found.ts";

/** Whether the Kubiya cloud answers, and takes the server's own key. */
export async function lookAtCloud({ host, config }: Examined): Promise<readonly Found[]> {
  if (config.kubiya === null) return [ok("not used: nothing in the configuration speaks of it")];
  const seen = await host.lookAtCloud(config);
  if (seen === null) {
    return [
      ok(
        "there is no `api_key` for it: it offers no tools, and its keys let nobody in unless one is KUBIYA_AUTH_TOKEN",
      ),
    ];
  }
  if (!seen.ok) return [fail(...cloudFailure(seen.failure))];
  if (seen.value === null) {
    return [fail("it does not take the `api_key`", "give the server another key of the cloud")];
  }
  if (seen.value.organization !== null) return [ok("it answers, and takes the server's key")];
  return [
    warn(
      "it takes the server's key, and does not say of which organisation it is: no other key of it lets anybody in",
      "give other callers keys of this server: kubiya auth key create --name NAME",
    ),
  ];
}
