import { PassThrough } from "node:stream";
import type { Outside } from "../../src/compose/world.ts";

/** A program that is run in the process of a test, at home in this folder. */
export function outsideIn(
  folder: string,
  argv: readonly string[],
  { environment, ...rest }: Pick<Outside, "stderr"> & Partial<Outside>,
): Outside {
  return {
    argv,
    environment: { PATH: process.env["PATH"], ...environment },
    home: folder,
    platform: "linux",
    self: { program: process.execPath, node: "24.0.0", words: [] },
    cwd: folder,
    ...{ stdin: new PassThrough(), stdout: new PassThrough() },
    hideWith: () => {},
    onEnd: () => {},
    ...rest,
  };
}
