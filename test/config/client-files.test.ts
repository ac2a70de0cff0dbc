import assert from "node:assert/strict";
import { test } from "node:test";
import { clientFiles } from "../../src/config/client-files.ts";

/** The platform, the environment, and where the files are: Claude Desktop, Cursor, VS Code, Claude Code. */
const DESKS: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  [
    "linux",
    {},
    [
      "/home/a/.config/Claude/claude_desktop_config.json",
      "/home/a/.cursor/mcp.json",
      "/home/a/.config/Code/User/mcp.json",
      "/home/a/.claude.json",
    ],
  ],
  [
    "linux",
    { XDG_CONFIG_HOME: "/xdg", CLAUDE_CONFIG_DIR: "/claude" },
    [
      "/xdg/Claude/claude_desktop_config.json",
      "/home/a/.cursor/mcp.json",
      "/xdg/Code/User/mcp.json",
      "/claude/.claude.json",
    ],
  ],
  [
    "linux",
    { XDG_CONFIG_HOME: "relative" },
    [
      "/home/a/.config/Claude/claude_desktop_config.json",
      "/home/a/.cursor/mcp.json",
      "/home/a/.config/Code/User/mcp.json",
      "/home/a/.claude.json",
    ],
  ],
  [
    "darwin",
    { XDG_CONFIG_HOME: "/xdg" },
    [
      "/home/a/Library/Application Support/Claude/claude_desktop_config.json",
      "/home/a/.cursor/mcp.json",
      "/home/a/Library/Application Support/Code/User/mcp.json",
      "/home/a/.claude.json",
    ],
  ],
  [
    "win32",
    { APPDATA: "/roaming" },
    [
      "/roaming/Claude/claude_desktop_config.json",
      "/home/a/.cursor/mcp.json",
      "/roaming/Code/User/mcp.json",
      "/home/a/.claude.json",
    ],
  ],
];

for (const [platform, environment, paths] of DESKS) {
  test(`clients of ${platform} with ${JSON.stringify(environment)} are told where they look`, () => {
    const files = clientFiles({ platform, environment, home: "/home/a" });
    assert.deepEqual(
      files.map(({ path }) => path),
      paths,
    );
  });
}
