import { isAbsolute, join } from "node:path";
import { textOf, type Environment } from "./environment.ts";
import type { ClientFile } from "./types.ts";

/** Where programs keep their files. */
interface Desk {
  readonly environment: Environment;
  readonly home: string;
  /** As Node calls it. */
  readonly platform: string;
}

/** The files in which the MCP clients of one person are told of their servers, whether they are there or not. */
export function clientFiles(desk: Desk): readonly ClientFile[] {
  const { environment, home } = desk;
  const programs = programFolder(desk);
  return [
    {
      client: "claude-desktop",
      title: "Claude Desktop",
      path: join(programs, "Claude", "claude_desktop_config.json"),
      servers: "mcpServers",
      saysType: false,
    },
    {
      client: "cursor",
      title: "Cursor",
      path: join(home, ".cursor", "mcp.json"),
      servers: "mcpServers",
      saysType: false,
    },
    {
      client: "vs-code",
      title: "VS Code",
      path: join(programs, "Code", "User", "mcp.json"),
      servers: "servers",
      saysType: true,
    },
    {
      client: "claude-code",
      title: "Claude Code",
      path: join(textOf(environment, "CLAUDE_CONFIG_DIR") ?? home, ".claude.json"),
      servers: "mcpServers",
      saysType: true,
    },
  ];
}

/** The folder in which desktop programs have one of their own. A relative XDG path counts for nothing, as its specification says. */
function programFolder({ environment, home, platform }: Desk): string {
  if (platform === "darwin") return join(home, "Library", "Application Support");
  if (platform === "win32") {
    return textOf(environment, "APPDATA") ?? join(home, "AppData", "Roaming");
  }
  const named = textOf(environment, "XDG_CONFIG_HOME");
  return named !== undefined && isAbsolute(named) ? named : join(home, ".config");
}
