import { type Examined, fail, type Found, ok, warn } from "./doctor-found.ts";

/** Names of the whitelist that no source offers, files that are not there, and tools that fail when they are called. */
export async function lookAtTools({ host, config }: Examined): Promise<readonly Found[]> {
  const faults = await host.faultsOf(config);
  // Nobody else's server is started to look at this one, and the cloud is not asked for its tools.
  const { nowhere, untold } = await host.missingTools(config);
  const unable = await host.unableTools(config);
  const found = [
    ...faults.map(({ path, message, mend }) => fail(`${path}: ${message}`, mend)),
    ...unable.map(({ tool, message, mend }) => fail(`${tool} cannot run: ${message}`, mend)),
    ...nowhere.map((name) =>
      warn(
        `whitelisted_tools: nothing offers a tool called ${name}`,
        "correct the name, define the tool, or take the name away",
      ),
    ),
  ];
  if (found.length > 0) return found;
  const but =
    untold.length === 0 ? "" : `, if other servers or the Kubiya cloud offer ${untold.join(", ")}`;
  return [ok(`every name of the whitelist is offered${but}`)];
}
