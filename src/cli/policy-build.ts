import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { POLICY_DIR, policyDir, refuse } from "./policy-dir.ts";
import { given, text } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya policy build` */
export const policyBuild: Command = {
  name: "policy build",
  summary: "Compile a directory of policies to a bundle.",
  argument: POLICY_DIR,
  options: [{ flags: "-o, --output <file>", summary: "where the bundle goes: bundle.tar.gz" }],
  run: async (typed, host) => {
    const output = text(typed, "output");
    if (output === undefined) {
      host.remark("policy build: name the bundle to write, as -o bundle.tar.gz\n");
      return EXIT.commandLine;
    }
    const dir = await policyDir(typed, host);
    if (!dir.ok) return dir.failure;
    const built = await host.compiler.build(dir.value);
    if (!built.ok) return refuse(built.failure, typed, host);
    const file = resolve(host.cwd, output);
    try {
      await writeFile(file, built.value);
    } catch {
      host.remark(`${file}: the bundle cannot be written here; name another place\n`);
      return EXIT.outside;
    }
    const bytes = built.value.length;
    if (given(typed, "json")) host.answer(`${JSON.stringify({ file, bytes }, null, 2)}\n`);
    else host.remark(`${file}: ${bytes} bytes\n`);
    return EXIT.yes;
  },
};
