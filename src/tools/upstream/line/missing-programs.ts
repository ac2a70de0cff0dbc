import type { ProgramReach, UpstreamSetting } from "../../../config/types.ts";
import type { FindProgram } from "../../../subprocess/types.ts";

/** Looks the program of an upstream up, on its own PATH or else on this one; null where it is not there. */
export function programOf(
  { command, env, cwd }: ProgramReach,
  path: string,
  findProgram: FindProgram,
): Promise<string | null> {
  return findProgram(command, { path: env["PATH"]?.value.reveal() ?? path, cwd });
}

/** The upstreams whose program is not there, and what it is called. Nothing is started. */
export async function missingPrograms(
  upstreams: readonly UpstreamSetting[],
  path: string,
  findProgram: FindProgram,
): Promise<readonly { readonly upstream: string; readonly command: string }[]> {
  const looked = upstreams.map(async ({ name: upstream, reach }) => {
    if (reach.kind === "address") return [];
    const found = await programOf(reach, path, findProgram);
    return found === null ? [{ upstream, command: reach.command }] : [];
  });
  return (await Promise.all(looked)).flat();
}
