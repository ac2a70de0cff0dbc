import { tellJson } from "./auth-shown.ts";
import { columns } from "./columns.ts";
import { isInTheDark, type KnownTool, knownTools } from "./tools-known.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

const WIDTH = 60;

/** `kubiya tools list` */
export const toolsList: Command = {
  name: "tools list",
  summary: "Show every tool: where it comes from, and whether its definition waits for approval.",
  options: [],
  run: async (typed, host) => {
    const known = await knownTools(typed, host);
    if (!known.ok) return known.failure;
    const { tools } = known.value;
    const exit = isInTheDark(known.value) ? EXIT.outside : EXIT.yes;
    if (given(typed, "json")) {
      tellJson(tools.map(rowOf), host);
      return exit;
    }
    const rows = tools.map(({ name, source, origin, status, description }) => [
      name,
      origin ?? source,
      status,
      (description.split("\n")[0] ?? "").slice(0, WIDTH),
    ]);
    host.answer(columns([["NAME", "SOURCE", "STATUS", "DESCRIPTION"], ...rows]));
    const held = tools.filter(({ status }) => status === "held back").length;
    if (held > 0) host.remark(`${held} held back: kubiya tools diff shows what changed\n`);
    return exit;
  },
};

/** The two definitions are long: kubiya tools show has them. */
function rowOf({ name, source, origin, status, digest, description }: KnownTool): object {
  return { name, source, origin, status, digest, description };
}
