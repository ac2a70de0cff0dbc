import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { policyDir, refusePolicies } from "./policy-dir.ts";
import { text } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya policy build` */
export const policyBuild: Command = {
  name: "policy build",
  summary: "compile a directory of policies to a bundle",
  argument: "[dir]",
  options: [{ flags: "-o, --output <file>", summary: "where the bundle goes: bundle.tar.gz" }],
  run: async (typed, host) => {
    const output = text(typed, "output");
    if (output === undefined) {
      host.remark("policy build: name the bundle to write, as -o bundle.tar.gz\n");
      return EXIT.commandLine;
    }
    const built = await host.compiler.build(policyDir(typed, host));
    if (!built.ok) return refusePolicies(built.failure, host);
    try {
      await writeFile(resolve(host.cwd, output), built.value);
    } catch {
      host.remark(`${output}: the bundle cannot be written here; name another place\n`);
      return EXIT.outside;
    }
    host.remark(`${output}: ${built.value.length} bytes\n`);
    return EXIT.yes;
  },
};
