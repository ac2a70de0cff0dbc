import { escapeUnprintable } from "../lib/unprintable.ts";
import { tellJson } from "./auth-shown.ts";
import { difference } from "./difference.ts";
import { noTool } from "./tools-show.ts";
import { howToApprove, type KnownTool, withTools } from "./tools-known.ts";
import { given } from "./typed.ts";
import { type Command, EXIT, type ExitCode, type Host, type Typed } from "./types.ts";

/** `kubiya tools diff [NAME]` */
export const toolsDiff: Command = {
  name: "tools diff",
  summary: "Show what changed in definitions that wait for approval; 1 where there is any.",
  argument: { flags: "[name]", summary: "this tool alone" },
  options: [],
  run: (typed, host) =>
    withTools(typed, host, (tools) => {
      const [name] = typed.args;
      const asked = name === undefined ? tools : tools.filter((tool) => tool.name === name);
      if (name !== undefined && asked.length === 0) return noTool(name, tools, host);
      return tell(
        asked.filter(({ status }) => status === "held back"),
        typed,
        host,
      );
    }),
};

function tell(held: readonly KnownTool[], typed: Typed, host: Host): ExitCode {
  if (given(typed, "json")) tellJson(held, host);
  else
    for (const tool of held) {
      host.answer(told(tool));
      host.remark(howToApprove(tool));
    }
  return held.length === 0 ? EXIT.yes : EXIT.no;
}

/** What changed in a definition, under its name and the digest that stands for the whole of it. */
export function told({ name, digest, approved, presented }: KnownTool): string {
  return `${escapeUnprintable(name)} ${digest}\n${difference(approved, presented)}`;
}
