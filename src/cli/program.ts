import {
  Argument as ParserArgument,
  Command as Parser,
  CommanderError,
  InvalidArgumentError,
  Option as ParserOption,
} from "commander";
import { done, failed } from "../lib/outcome.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { GROUPS, isIn } from "./groups.ts";
import { lastWord, nearestCommand } from "./nearest.ts";
import { COMMANDS } from "./table.ts";
import { EVERYWHERE } from "./typed.ts";
import { type Command, EXIT, type ExitCode, type Host, type Option, type Typed } from "./types.ts";

const EXIT_CODES = `
Exit codes: 0 done, the answer is yes; 1 done, the answer is no; 2 the command line is wrong;
3 the configuration or a policy cannot be used; 4 something outside cannot be reached or read; 5 an audit trail is intact but for a torn last line.`;

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
    .description(
      "Hands infrastructure tools to AI clients, and asks Rego before every one of them.",
    )
    .addHelpText("after", EXIT_CODES);
  addBelow("", program);
  return program;

  /** What stands in a group: groups with what stands in them, and commands. */
  function addBelow(group: string, parser: Parser): void {
    namesNearest(parser, group);
    for (const [name, summary] of Object.entries(GROUPS).filter(([name]) => isIn(name, group))) {
      addBelow(name, configured(parser.command(lastWord(name)), host).description(summary));
    }
    for (const command of COMMANDS.filter(({ name }) => isIn(name, group))) {
      addCommand(configured(parser.command(lastWord(command.name)), host), command, (typed) =>
        command.run(typed, host).then(finish),
      );
    }
  }
}

function addCommand(parser: Parser, command: Command, run: (typed: Typed) => Promise<void>): void {
  const { summary, argument, options } = command;
  parser.description(summary);
  if (argument !== undefined) parser.addArgument(parserArgument(argument));
  for (const option of options) parser.addOption(parserOption(option));
  parser.action(() => run({ args: parser.args, options: parser.optsWithGlobals() }));
}

/** Nothing is written but through the host, nothing ends the process, and typing errors name the nearest. */
function configured(parser: Parser, host: Host): Parser {
  for (const option of EVERYWHERE) parser.addOption(parserOption(option));
  return parser
    .exitOverride()
    .version(host.version, "--version", "the version")
    .helpOption("-h, --help", "this help")
    .showHelpAfterError("(--help lists what there is)")
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .helpCommand(false)
    .configureOutput({
      writeOut: host.answer,
      writeErr: host.remark,
      // What was typed is said again, and may come from another program.
      outputError: (text, write) => write(text.split("\n").map(escapeUnprintable).join("\n")),
    });
}

function namesNearest(parser: Parser, group: string): void {
  parser.on("command:*", ([word]: readonly string[]) => {
    const typed = [group, word ?? ""].filter((part) => part !== "").join(" ");
    const names = [...Object.keys(GROUPS), ...COMMANDS.map(({ name }) => name)];
    parser.error(
      `error: unknown command '${typed}'; the nearest is 'kubiya ${nearestCommand(typed, names)}'`,
    );
  });
}

function parserArgument({ flags, summary, choices }: Option): ParserArgument {
  const argument = new ParserArgument(flags, summary);
  return choices === undefined ? argument : argument.choices(choices);
}

function parserOption({ flags, summary, parse, choices, repeats }: Option): ParserOption {
  const option = new ParserOption(flags, summary);
  const read = parse ?? (choices === undefined ? undefined : oneOf(choices));
  if (read === undefined && repeats === undefined) return option;
  return option.argParser((written: string, earlier: unknown): unknown => {
    const parsed = read === undefined ? done(written) : read(written);
    if (!parsed.ok) throw new InvalidArgumentError(parsed.failure);
    if (repeats === undefined) return parsed.value;
    const before: readonly unknown[] = Array.isArray(earlier) ? earlier : [];
    return [...before, parsed.value];
  });
}

function oneOf(choices: readonly string[]): NonNullable<Option["parse"]> {
  return (written) =>
    choices.includes(written) ? done(written) : failed(`It must be one of ${choices.join(", ")}.`);
}
