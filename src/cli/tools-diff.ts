import { tellJson } from "./auth-shown.ts";
import { howToApprove, isInTheDark, knownTools, noTool, told } from "./tools-known.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya tools diff [NAME]` */
export const toolsDiff: Command = {
  name: "tools diff",
  summary: "Show what changed in definitions that wait for approval; 1 where there is any.",
  argument: { flags: "[name]", summary: "this tool alone" },
  options: [],
  run: async (typed, host) => {
    const [name] = typed.args;
    const known = await knownTools(typed, host, name);
    if (!known.ok) return known.failure;
    const asked = known.value.tools.filter((tool) => name === undefined || tool.name === name);
    if (name !== undefined && asked.length === 0) return noTool(name, known.value, host);
    const held = asked.filter(({ status }) => status === "held back");
    if (given(typed, "json")) tellJson(held, host);
    else
      for (const tool of held) {
        host.answer(told(tool));
        host.remark(howToApprove(tool, typed));
      }
    if (held.length > 0) return EXIT.no;
    return isInTheDark(known.value) ? EXIT.outside : EXIT.yes;
  },
};
