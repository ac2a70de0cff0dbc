import { done, failed, type Outcome } from "../lib/outcome.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { withCredentials, wrongLine } from "./auth-open.ts";
import { tellJson } from "./auth-shown.ts";
import { agreed } from "./setup-asking.ts";
import { told } from "./tools-diff.ts";
import { type KnownTool, withTools } from "./tools-known.ts";
import { noTool } from "./tools-show.ts";
import { given, text } from "./typed.ts";
import {
  type Command,
  EXIT,
  type ExitCode,
  type Host,
  type Terminal,
  type Typed,
} from "./types.ts";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** `kubiya tools approve NAME` */
export const toolsApprove: Command = {
  name: "tools approve",
  summary:
    "Approve the definition of a tool that was looked at, here or with kubiya tools diff; every server knows within seconds.",
  argument: { flags: "<name>", summary: "the tool, as kubiya tools list names it" },
  options: [
    {
      flags: "--digest <sha256>",
      summary:
        "the definition that kubiya tools diff showed with this digest; left out: the difference is shown, and asked about",
      parse: (typed) =>
        DIGEST.test(typed) ? done(typed) : failed("sha256: and 64 of 0-9 and a-f"),
    },
  ],
  run: async (typed, host) => {
    const [name = ""] = typed.args;
    const named = text(typed, "digest");
    const digest = named === undefined ? await askedAbout(name, typed, host) : done(named);
    return digest.ok ? approve({ name, digest: digest.value }, typed, host) : digest.failure;
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

/** The digest of what a person was shown and agreed to. While they read, neither store nor trail is held. */
async function askedAbout(
  name: string,
  typed: Typed,
  host: Host,
): Promise<Outcome<string, ExitCode>> {
  const terminal = host.openTerminal();
  if (terminal === null) {
    const shown = escapeUnprintable(name);
    const fault = `nobody is at a terminal to be asked: say with --digest which definition was looked at; kubiya tools diff ${shown} shows it, and the command to type`;
    return failed(wrongLine("tools approve", fault, host));
  }
  try {
    const found: { tool: KnownTool | null } = { tool: null };
    const code = await withTools(typed, host, (tools) => {
      found.tool = tools.find((tool) => tool.name === name) ?? null;
      return found.tool === null ? noTool(name, tools, host) : EXIT.yes;
    });
    return found.tool === null ? failed(code) : await asked(found.tool, terminal, host);
  } finally {
    terminal.close();
  }
}

async function asked(
  tool: KnownTool,
  terminal: Terminal,
  host: Host,
): Promise<Outcome<string, ExitCode>> {
  const { digest } = tool;
  const shown = escapeUnprintable(tool.name);
  if (tool.status === "approved") {
    host.remark(`${shown} is approved as it is, ${digest}\n`);
    return failed(EXIT.yes);
  }
  host.remark(told(tool));
  if ((await agreed(terminal, `Approve ${shown} as shown?`, "no")) === true) return done(digest);
  host.remark("nothing was approved\n");
  return failed(EXIT.no);
}
