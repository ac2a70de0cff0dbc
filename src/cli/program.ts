import { Command as Parser, CommanderError, Option as ParserOption } from "commander";
import { COMMANDS } from "./table.ts";
import { type Command, EXIT, type ExitCode, type Host, type Option, type Typed } from "./types.ts";

const EVERYWHERE: readonly Option[] = [
  { flags: "--config <file>", summary: "the configuration, instead of ~/.kubiya/mcp-server.json" },
  { flags: "--debug", summary: "log everything, with stacks" },
  { flags: "--json", summary: "machine output" },
];

const EXIT_CODES = `
Exit codes: 0 done, yes; 1 done, no; 2 the command line is wrong; 3 the configuration or a policy
cannot be used; 4 something outside cannot be reached.`;

/** Runs what was typed, and gives the exit code. */
export async function runCommand(argv: readonly string[], host: Host): Promise<ExitCode> {
  let exit: ExitCode = EXIT.yes;
  const program = createParser(host, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? EXIT.yes : EXIT.commandLine;
  }
  return exit;
}

function createParser(host: Host, finish: (code: ExitCode) => void): Parser {
  const program = configured(new Parser("kubiya"), host)
    .description("hands infrastructure tools to AI clients, and asks Rego before every one of them")
    .version(host.version, "--version", "the version")
    .addHelpText("after", EXIT_CODES);
  for (const option of EVERYWHERE) program.addOption(parserOption(option));
  const groups = new Map<string, Parser>();
  for (const command of COMMANDS) {
    const [group = "", name = ""] = command.name.split(" ");
    const parent = groups.get(group) ?? configured(program.command(group), host);
    groups.set(group, parent.description(`${group} commands`));
    addCommand(configured(parent.command(name), host), command, (typed) =>
      command.run(typed, host).then(finish),
    );
  }
  return program;
}

function addCommand(parser: Parser, command: Command, run: (typed: Typed) => Promise<void>): void {
  parser.description(command.summary);
  if (command.argument !== undefined) parser.argument(command.argument);
  for (const option of [...command.options, ...EVERYWHERE]) parser.addOption(parserOption(option));
  parser.action(() => run({ args: parser.args, options: parser.optsWithGlobals() }));
}

/** Nothing is written but through the host, nothing ends the process, and typing errors name the nearest. */
function configured(parser: Parser, host: Host): Parser {
  return parser
    .exitOverride()
    .showHelpAfterError("(--help lists what there is)")
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .helpCommand(false)
    .helpOption("--help", "this help")
    .configureOutput({
      writeOut: host.answer,
      writeErr: host.remark,
      outputError: (text, write) => write(text),
    });
}

function parserOption({ flags, summary, repeats }: Option): ParserOption {
  const option = new ParserOption(flags, summary);
  if (repeats === undefined) return option;
  return option.argParser((value: string, earlier: readonly string[] | undefined) => [
    ...(earlier ?? []),
    value,
  ]);
}
