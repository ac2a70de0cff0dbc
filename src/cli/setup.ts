import { resolve } from "node:path";
import type { Config } from "../config/types.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Setup } from "./setup-asking.ts";
import { CLIENT, setUpClients, type Told } from "./setup-clients.ts";
import { CONTENT, readConfig, setUpConfig, type Written } from "./setup-config.ts";
import { type Offered, type Start, tryServer } from "./setup-try.ts";
import { flagsOf, given, text } from "./typed.ts";
import { type Command, EXIT, type ExitCode, type Host, type Refused } from "./types.ts";

/** `kubiya mcp setup` */
export const setup: Command = {
  name: "mcp setup",
  summary:
    "Write a first configuration, try the server, and add it to the MCP clients of this machine.",
  options: [
    { flags: "--yes", summary: "ask nothing, and do all that would be proposed" },
    { flags: "--force", summary: "replace a configuration that is there, and keep a copy" },
    ...CONTENT,
    {
      flags: "--api-key-file <file>",
      summary: "a file with your API key: clients are told of the file, never of the key",
    },
    CLIENT,
  ],
  run: async (typed, host) => {
    const terminal = given(typed, "yes") ? null : host.openTerminal();
    if (terminal === null && !given(typed, "yes")) {
      host.remark("mcp setup: there is no terminal to ask at; --yes takes what is proposed\n");
      return EXIT.commandLine;
    }
    const place = host.configPlace(flagsOf(typed));
    const stamp = new Date(host.clock()).toISOString().replaceAll(/[-:.]/g, "");
    try {
      return await setUp({ typed, host, terminal, place, stamp });
    } finally {
      terminal?.close();
    }
  },
};

async function setUp(setup: Setup): Promise<ExitCode> {
  const { host } = setup;
  const written = await setUpConfig(setup);
  if (!written.ok) return refuse(host, written.failure);
  const config = await readConfig(setup);
  if (!config.ok) return refuse(host, config.failure);
  if (config.value.http.port !== null) return overHttp(setup, written.value);
  remarkKey(config.value, setup);
  const start = startOf(setup);
  if (setup.terminal !== null) host.remark("starting the server, to see what it offers\n");
  const offered = await tryServer(start, config.value, setup);
  if (!offered.ok) return refuse(host, offered.failure);
  const clients: Outcome<readonly Told[], Refused> = await setUpClients(setup, start);
  if (!clients.ok) return refuse(host, clients.failure);
  tell(setup, { written: written.value, offered: offered.value, clients: clients.value });
  return clients.value.some(({ is }) => is === "refused") ? EXIT.no : EXIT.yes;
}

/** Whole paths: a desktop program does not read a shell's PATH. */
function startOf({ host: { self, cwd }, place, typed }: Setup): Start {
  const named = place.usual ? [] : ["--config", place.path];
  const file = text(typed, "apiKeyFile");
  return {
    command: self.program,
    args: [...self.words, "mcp", "serve", ...named],
    ...(file === undefined ? {} : { env: { KUBIYA_API_KEY_FILE: resolve(cwd, file) } }),
  };
}

/** A client has an environment of its own. */
function remarkKey({ caller_credential_from: from }: Config, { host, typed }: Setup): void {
  if (from === null || from === "api_key" || text(typed, "apiKeyFile") !== undefined) return;
  host.remark(
    `warning: ${from} is set in this shell, where no client finds it; put the key into a file and name it with --api-key-file\n`,
  );
}

function overHttp({ host, place, typed }: Setup, written: Written): ExitCode {
  const next = "it serves over HTTP: start it with kubiya mcp serve, and give clients its URL";
  if (given(typed, "json")) {
    const told = { config: { path: place.path, is: written }, tools: null, clients: [] };
    host.answer(`${JSON.stringify(told, null, 2)}\n`);
    host.remark(`${next}\n`);
  } else host.answer(`${place.path}: ${next} (docs/operator.md, "Clients")\n`);
  return EXIT.yes;
}

function refuse(host: Host, { exit, lines }: Refused): ExitCode {
  for (const line of lines) host.remark(`${line}\n`);
  return exit;
}

interface Done {
  readonly written: Written;
  readonly offered: Offered;
  readonly clients: readonly Told[];
}

function tell({ host, typed, place }: Setup, { written, offered, clients }: Done): void {
  if (given(typed, "json")) {
    const config = { path: place.path, is: written };
    host.answer(`${JSON.stringify({ config, tools: offered.tools, clients }, null, 2)}\n`);
    return;
  }
  const names = [...offered.tools, ...(offered.more ? ["..."] : [])].join(", ");
  const added = clients.filter(({ is }) => is === "changed").map(({ client }) => client);
  host.answer(
    [
      `configuration  ${place.path} (${written})`,
      `tried          the server starts, and lists ${names === "" ? "no tool yet" : names}`,
      ...clients.map(({ client, is }) => `${client.padEnd(14)} ${is}`),
      "next",
      ...(added.length > 0 ? [`  start ${added.join(", ")} anew, and ask for a tool`] : []),
      `  add your tools to whitelisted_tools in ${place.path}; kubiya mcp validate checks it`,
      "  kubiya mcp doctor looks at the machine",
      "",
    ].join("\n"),
  );
}
