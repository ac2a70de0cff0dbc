import type { Config, ToolDefinition } from "../../config/types.ts";
import type { ResolveRunner } from "../../runners/types.ts";
import type { FindProgram } from "../../subprocess/types.ts";
import { typeOf } from "./definitions.ts";
import { ownPath, programOf } from "./prepare.ts";

/** Something without which a tool fails as soon as it is called. */
export interface Unable {
  readonly tool: string;
  readonly message: string;
  readonly mend: string;
}

/** What looking takes. */
interface Looking {
  readonly findProgram: FindProgram;
  readonly resolveRunner: ResolveRunner;
}

/** What tools of a configuration lack on this machine. None is run; where nothing may run nothing is lacking. */
export async function unableTools(
  config: Pick<Config, "tools" | "path" | "environment" | "enable_runners">,
  { findProgram, resolveRunner }: Looking,
): Promise<readonly Unable[]> {
  if (!config.enable_runners) return [];
  // A runner elsewhere has programs and secrets of its own.
  const here = config.tools.filter(
    ({ runner = "default" }) => resolveRunner(runner).kind === "local",
  );
  const looked = here.map(async (tool) => [
    ...(await programs(tool, config, findProgram)),
    ...secrets(tool, config),
  ]);
  return (await Promise.all(looked)).flat();
}

async function programs(
  tool: ToolDefinition,
  config: Pick<Config, "path" | "environment">,
  findProgram: FindProgram,
): Promise<readonly Unable[]> {
  const { name, image, content, sandbox, with_volumes: volumes = [] } = tool;
  if (image !== undefined) return [];
  const program = programOf(tool, typeOf(tool));
  // What begins in the folder of a run, or may stand in a mounted one, is not there to be looked for.
  const isInside = program.includes("/") && !program.startsWith("/");
  if (isInside || (sandbox === "bubblewrap" && volumes.length > 0)) return [];
  const path = ownPath(tool, config) ?? config.path;
  if ((await findProgram(program, { path, cwd: "/" })) !== null) return [];
  const where = program.startsWith("/") ? "is not there" : "is not on its PATH";
  const other = content === undefined ? "write its whole path as `entrypoint`, " : "";
  return [
    {
      tool: name,
      message: `the program ${program} ${where}, or may not be executed`,
      mend: `install ${program}, put it on the PATH of the server, ${other}or give the tool an \`image\``,
    },
  ];
}

function secrets(
  { name, secrets: named = [] }: ToolDefinition,
  { environment }: Pick<Config, "environment">,
): readonly Unable[] {
  const unset = named.filter((secret) => environment[secret] === undefined);
  return unset.map((secret) => ({
    tool: name,
    message: `the secret ${secret} is not set in the server's environment`,
    mend: `set ${secret} where the server is started (in a client's entry: \`env\`), or take it out of the tool's \`secrets\``,
  }));
}
