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
  const programs = mcpServers.filter(({ reach }) => reach.kind === "program").length;
  if (programs === 0) return [ok("none is a program")];
  const there = programs === 1 ? "1 program is there" : `${programs} programs are there`;
  return [ok(`${there} (kubiya tools list asks what each has)`)];
}
