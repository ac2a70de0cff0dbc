import { type Examined, type Found, ok, warn } from "./doctor-found.ts";

/** Whether the programs of other MCP servers are there. None is started, and no address is asked. */
export async function lookAtUpstreams({ host, config }: Examined): Promise<readonly Found[]> {
  const { mcpServers } = config;
  if (mcpServers.length === 0) return [ok("there are none")];
  const missing = await host.missingPrograms(config);
  if (missing.length > 0) {
    return missing.map(({ upstream, command }) =>
      warn(
        `mcpServers.${upstream}: the program ${command} is not there: its tools are not offered`,
        "install it, or write its whole path as `command`",
      ),
    );
  }
  return [ok("their programs are there (kubiya tools list asks each server what it has)")];
}
