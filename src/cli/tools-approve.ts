import { done, failed } from "../lib/outcome.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { agreed } from "./agreed.ts";
import { withCredentials, wrongLine } from "./auth-open.ts";
import { tellJson } from "./auth-shown.ts";
import { type Known, type KnownTool, knownTools, noTool, told, toType } from "./tools-known.ts";
import { given, text } from "./typed.ts";
import {
  type Command,
  EXIT,
  type ExitCode,
  type Host,
  type Terminal,
  type Typed,
} from "./types.ts";

/** The digest of the definition to approve; where there is none, how the command ends. */
type Agreed = { readonly approve: string } | { readonly exit: ExitCode };

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** `kubiya tools approve NAME` */
export const toolsApprove: Command = {
  name: "tools approve",
  summary: "Approve a tool's definition after you have looked at it.",
  argument: { flags: "<name>", summary: "the tool, as kubiya tools list names it" },
  options: [
    {
      flags: "--digest <sha256>",
      summary:
        "the definition that kubiya tools diff showed with this digest; left out: the difference is shown, and asked about",
      parse: (typed) =>
        DIGEST.test(typed)
          ? done(typed)
          : failed("It must be `sha256:` and 64 hex digits, as kubiya tools diff prints it."),
    },
  ],
  run: async (typed, host) => {
    const [name = ""] = typed.args;
    const known = await knownTools(typed, host, name);
    if (!known.ok) return known.failure;
    const named = text(typed, "digest");
    const order =
      named === undefined
        ? await askedAbout(name, known.value, { typed, host })
        : { approve: named };
    return "exit" in order ? order.exit : approve({ name, digest: order.approve }, typed, host);
  },
};

function approve(
  { name, digest }: Pick<KnownTool, "name" | "digest">,
  typed: Typed,
  host: Host,
): Promise<ExitCode> {
  return withCredentials(typed, host, (_opened, carryOut) =>
    carryOut({ do: "approve", tool: name, digest }, () => {
      host.remark(`${escapeUnprintable(name)} is approved as ${digest}\n`);
      if (given(typed, "json")) tellJson({ tool: name, digest, approved: true }, host);
      return EXIT.yes;
    }),
  );
}

/** What a person was shown and agreed to. While they read, neither store nor trail is held. */
async function askedAbout(
  name: string,
  known: Known,
  { typed, host }: { readonly typed: Typed; readonly host: Host },
): Promise<Agreed> {
  const tool = known.tools.find((one) => one.name === name);
  if (tool === undefined) return { exit: noTool(name, known, host) };
  if (tool.status === "approved") {
    host.remark(`${escapeUnprintable(name)} is approved as it is, ${tool.digest}\n`);
    return { exit: EXIT.yes };
  }
  const terminal = host.openTerminal();
  if (terminal === null) {
    const fault = `nobody is at a terminal to be asked: say with --digest which definition was looked at; ${toType("diff", name, typed)} shows it, and the command to type`;
    return { exit: wrongLine("tools approve", fault, host) };
  }
  try {
    return await asked(tool, terminal, host);
  } finally {
    terminal.close();
  }
}

async function asked(tool: KnownTool, terminal: Terminal, host: Host): Promise<Agreed> {
  host.remark(told(tool));
  const question = `Approve ${escapeUnprintable(tool.name)} as shown?`;
  if ((await agreed(terminal, question, "no")) === true) return { approve: tool.digest };
  host.remark("nothing was approved\n");
  return { exit: EXIT.no };
}
