import { escapeUnprintable } from "../lib/unprintable.ts";
import { tellJson } from "./auth-shown.ts";
import { nearestCommand } from "./nearest.ts";
import { howToApprove, type KnownTool, withTools } from "./tools-known.ts";
import { type Command, EXIT, type ExitCode, type Host } from "./types.ts";

/** `kubiya tools show NAME` */
export const toolsShow: Command = {
  name: "tools show",
  summary: "Show a tool's whole definition: as it was approved, and as its source presents it.",
  argument: { flags: "<name>", summary: "the tool, as kubiya tools list names it" },
  options: [],
  run: (typed, host) =>
    withTools(typed, host, (tools) => {
      const [name = ""] = typed.args;
      const tool = tools.find((one) => one.name === name);
      if (tool === undefined) return noTool(name, tools, host);
      tellJson(tool, host);
      if (tool.status === "held back") host.remark(howToApprove(tool));
      return EXIT.yes;
    }),
};

/** Says that there is no such tool, and which one may be meant. */
export function noTool(name: string, tools: readonly KnownTool[], host: Host): ExitCode {
  const meant = nearestCommand(
    name,
    tools.map((tool) => tool.name),
  );
  const hint = meant === "" ? "see kubiya tools list" : `did you mean ${meant}?`;
  host.remark(`there is no tool ${escapeUnprintable(name)}; ${hint}\n`);
  return EXIT.no;
}
