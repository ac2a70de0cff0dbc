import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { policyDir } from "./policy-dir.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya policy init` */
export const policyInit: Command = {
  name: "policy init",
  summary: "write a working policy with its test, the schemas and the capabilities",
  argument: "[dir]",
  options: [{ flags: "--force", summary: "also where there are files already" }],
  run: async (typed, host) => {
    const dir = policyDir(typed, host);
    await mkdir(dir, { recursive: true });
    if ((await readdir(dir)).length > 0 && !given(typed, "force")) {
      host.remark(`${dir}: there are files already; name an empty directory, or add --force\n`);
      return EXIT.no;
    }
    const { packageRoot } = host;
    await cp(join(packageRoot, "templates", "policy"), dir, { recursive: true });
    await cp(join(packageRoot, "policies", "schemas"), join(dir, "schemas"), { recursive: true });
    await cp(
      join(packageRoot, "policies", "capabilities.organisation.json"),
      join(dir, "capabilities.json"),
    );
    host.remark(`${dir}: a working policy; README.md there says how to go on\n`);
    return EXIT.yes;
  },
};
