import { tellJson } from "./auth-shown.ts";
import { howToApprove, knownTools, noTool } from "./tools-known.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya tools show NAME` */
export const toolsShow: Command = {
  name: "tools show",
  summary: "Show a tool's whole definition: as it was approved, and as its source presents it.",
  argument: { flags: "<name>", summary: "the tool, as kubiya tools list names it" },
  options: [],
  run: async (typed, host) => {
    const [name = ""] = typed.args;
    const known = await knownTools(typed, host, name);
    if (!known.ok) return known.failure;
    const tool = known.value.tools.find((one) => one.name === name);
    if (tool === undefined) return noTool(name, known.value, host);
    tellJson(tool, host);
    if (tool.status === "held back") host.remark(howToApprove(tool, typed));
    return EXIT.yes;
  },
};
