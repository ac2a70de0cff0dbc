import { GROUPS, isIn } from "./groups.ts";
import { lastWord } from "./nearest.ts";
import { EVERYWHERE } from "./typed.ts";
import type { Command, Option } from "./types.ts";

/** All that a shell has to know to complete a command line. */
export interface Completions {
  readonly places: readonly Place[];
  /** The options that take a value. */
  readonly valued: readonly Valued[];
}

/** What may stand after these words, which are a group, a command, or none. */
export interface Place {
  readonly after: string;
  readonly words: readonly Word[];
  readonly options: readonly Word[];
  readonly files: boolean;
}

export interface Word {
  readonly word: string;
  readonly summary: string;
}

/** An option by all its names, and what its value may be: words, a file, or what no shell knows. */
export interface Valued {
  readonly names: readonly string[];
  readonly words: readonly string[];
  readonly files: boolean;
}

const HELP: readonly Option[] = [
  { flags: "--help", summary: "this help" },
  { flags: "--version", summary: "the version" },
];

/** Made of the table of commands, as help is. */
export function completionsOf(commands: readonly Command[]): Completions {
  const groups = ["", ...Object.keys(GROUPS)].map((after): Place => {
    const words = [
      ...Object.entries(GROUPS).map(([name, summary]) => ({ name, summary })),
      ...commands,
    ].filter(({ name }) => isIn(name, after));
    return {
      after,
      words: words.map(({ name, summary }) => ({ word: lastWord(name), summary })),
      options: optionsOf([]),
      files: false,
    };
  });
  const own = commands.map(({ name, argument, options }): Place => ({
    after: name,
    words: (argument?.choices ?? []).map((word) => ({ word, summary: argument?.summary ?? "" })),
    options: optionsOf(options),
    files: argument !== undefined && isFile(argument),
  }));
  const all = [...EVERYWHERE, ...commands.flatMap(({ options }) => options)];
  return { places: [...groups, ...own], valued: valuedOf(all) };
}

function optionsOf(options: readonly Option[]): readonly Word[] {
  return [...options, ...EVERYWHERE, ...HELP].flatMap(({ flags, summary }) =>
    namesIn(flags)
      .filter((name) => name.startsWith("--"))
      .map((word) => ({ word, summary })),
  );
}

/** The same option means the same wherever it stands. */
function valuedOf(options: readonly Option[]): readonly Valued[] {
  const valued = options
    .filter(({ flags }) => flags.includes("<"))
    .map((option) => {
      const names = namesIn(option.flags);
      return [names.join(), { names, words: option.choices ?? [], files: isFile(option) }] as const;
    });
  return [...new Map(valued).values()];
}

function namesIn(flags: string): readonly string[] {
  return flags.split(/[ ,]+/).filter((part) => part.startsWith("-"));
}

function isFile({ flags }: Option): boolean {
  return /[<[](?:file|path|dir)[\]>]$/.test(flags);
}
