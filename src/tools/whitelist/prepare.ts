// On the trust boundary: turns a permitted step into work. What a caller gave arrives as the value of an
// environment variable or as a word after the program; never as an option of ours, a name, or shell text.

import type { Config, ToolDefinition } from "../../config/types.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import type { Confinement, Volume, Workload } from "../../runners/types.ts";
import type { NotPreparable } from "../types.ts";
import type { Whitelisted } from "./definitions.ts";
import { splitWords } from "./words.ts";

/** How the text of a tool's `content` is run, by the tool's type; a text that begins with `-` is no option. */
const INTERPRETERS: Readonly<Record<string, (content: string) => readonly [string, ...string[]]>> =
  {
    shell: (content) => ["sh", "-c", "--", content],
    bash: (content) => ["bash", "-c", "--", content],
    python: (content) => ["python3", "-c", content],
    // jq before 1.7 knows no `--` in front of its program.
    jq: (content) => ["jq", "-n", ` ${content}`],
    docker: (content) => ["sh", "-c", "--", content],
  };

/** Podman drops the carriage return; what was judged is what runs, or nothing does. */
const NOT_CARRIED = {
  reason: "not_preparable",
  detail:
    "has a carriage return before a line break, which not every container engine keeps: send the line break alone",
} as const;

/** Prepares the work of a tool for these arguments. */
export function prepare(
  { definition, tool, files }: Whitelisted,
  args: JsonObject,
  config: Config,
): Outcome<Workload, NotPreparable> {
  const line = commandLine(definition, tool.type, args);
  if (!line.ok) return line;
  const secrets = secretsOf(definition, config);
  if (!secrets.ok) return secrets;
  const [program, ...words] = line.value;
  const work = {
    program,
    args: words,
    // What the definition fixes, no argument of the same name changes.
    env: { ...environment(definition, args), ...configured(definition, config) },
    secrets: secrets.value,
    stdin: "",
    timeoutMs: (definition.timeout ?? config.limits.tool_timeout) * 1000,
    maxOutputBytes: config.limits.max_response_size,
    files,
  };
  if (tool.image === null) {
    return done({ kind: "process", ...work, confinement: confinementOf(definition) });
  }
  const changed = Object.entries(work.env).find(([, value]) => value.includes("\r\n"));
  if (changed !== undefined) return failed({ ...NOT_CARRIED, field: changed[0] });
  const { network = true, pull = "missing", memory = "256m", cpus = 1, pids = 128 } = definition;
  const limits = { network, pull, memory, cpus, pids };
  const volumes = volumesOf(definition);
  return done({ kind: "container", ...work, ...limits, image: tool.image, volumes });
}

/** What a definition says of how its process is confined. */
export function confinementOf(definition: ToolDefinition): Confinement {
  const { memory = null, sandbox, network = true } = definition;
  const asked = sandbox === "bubblewrap" ? { network, volumes: volumesOf(definition) } : null;
  return { memory, sandbox: asked };
}

function volumesOf({ with_volumes: volumes = [] }: ToolDefinition): readonly Volume[] {
  return volumes.map(({ source, path, read_only = true }) => ({ source, path, read_only }));
}

/** The value of each secret that a tool is given. */
function secretsOf(
  { secrets = [] }: ToolDefinition,
  { environment: server }: Config,
): Outcome<Readonly<Record<string, string>>, NotPreparable> {
  const found: Record<string, string> = {};
  for (const name of secrets) {
    const value = server[name];
    if (value === undefined) {
      const detail = "is not set in the server's environment";
      return failed({ reason: "not_preparable", field: `the secret ${name}`, detail });
    }
    found[name] = value;
  }
  return done(found);
}

/** The program that a tool of this type is started with. */
export function programOf(definition: ToolDefinition, type: string): string {
  const [program] = interpreted(definition, type) ?? [definition.entrypoint ?? definition.name];
  return program;
}

/** The PATH that a tool's program is looked up on; null: the server's. */
export function ownPath(
  definition: ToolDefinition,
  { environment: server }: Pick<Config, "environment">,
): string | null {
  const secret = definition.secrets?.includes("PATH") === true ? server["PATH"] : undefined;
  return secret ?? configured(definition, { environment: server })["PATH"] ?? null;
}

function commandLine(
  definition: ToolDefinition,
  type: string,
  args: JsonObject,
): Outcome<readonly [string, ...string[]], NotPreparable> {
  const line = interpreted(definition, type);
  if (line !== null) return done(line);
  const { command = "" } = args;
  const words = splitWords(typeof command === "string" ? command : "");
  if (words.ok) return done([programOf(definition, type), ...words.value]);
  return failed({ reason: "not_preparable", field: "command", detail: words.failure });
}

/** The line of a script; null where there is none. */
function interpreted(
  { content }: ToolDefinition,
  type: string,
): readonly [string, ...string[]] | null {
  const interpreter = INTERPRETERS[type];
  return content === undefined || interpreter === undefined ? null : interpreter(content);
}

/** The arguments of a script, by name: text as it is, anything else as JSON. */
function environment(
  { content }: ToolDefinition,
  args: JsonObject,
): Readonly<Record<string, string>> {
  if (content === undefined) return {};
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, text(value)]));
}

function text(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The tool's `env`: `NAME=value`, or a `NAME` that the server's environment has. */
function configured(
  { env = [] }: ToolDefinition,
  { environment: server }: Pick<Config, "environment">,
): Readonly<Record<string, string>> {
  const pairs = env.flatMap((entry) => {
    const at = entry.indexOf("=");
    if (at !== -1) return [[entry.slice(0, at), entry.slice(at + 1)] as const];
    const value = server[entry];
    return value === undefined ? [] : [[entry, value] as const];
  });
  return Object.fromEntries(pairs);
}
