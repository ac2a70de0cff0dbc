import { POLICY_DIR, policyDir, refuse } from "./policy-dir.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya policy check` */
export const policyCheck: Command = {
  name: "policy check",
  summary: "Say whether the server could use the policies of a directory.",
  argument: POLICY_DIR,
  options: [],
  run: async (typed, host) => {
    const dir = await policyDir(typed, host);
    if (!dir.ok) return dir.failure;
    const checked = await host.checkPolicies(dir.value);
    if (!checked.ok) return refuse(checked.failure, typed, host);
    if (given(typed, "json")) {
      host.answer(`${JSON.stringify({ valid: true, faults: [] }, null, 2)}\n`);
    } else {
      host.remark(`${dir.value}: the server can use these policies\n`);
    }
    return EXIT.yes;
  },
};
