import { policyDir, refusePolicies } from "./policy-dir.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya policy check` */
export const policyCheck: Command = {
  name: "policy check",
  summary: "whether the server could use the policies of a directory",
  argument: "[dir]",
  options: [],
  run: async (typed, host) => {
    const dir = policyDir(typed, host);
    const checked = await host.compiler.check(dir);
    const faults = checked.ok ? [] : checked.failure;
    if (given(typed, "json")) {
      host.answer(`${JSON.stringify({ valid: checked.ok, faults }, null, 2)}\n`);
      return checked.ok ? EXIT.yes : EXIT.no;
    }
    if (!checked.ok) return refusePolicies(checked.failure, host);
    host.remark(`${dir}: the server can use these policies\n`);
    return EXIT.yes;
  },
};
