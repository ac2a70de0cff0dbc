import { bashScript } from "./completion-bash.ts";
import { fishScript } from "./completion-fish.ts";
import { completionsOf, type Completions } from "./completion-words.ts";
import { zshScript } from "./completion-zsh.ts";
import { type Command, EXIT } from "./types.ts";

const SCRIPTS: Readonly<Record<string, (completions: Completions) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `kubiya completion`, of the commands that the program has. */
export function completionOf(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary:
      'Print what makes a shell complete this program: eval "$(kubiya completion bash)", the same for zsh; kubiya completion fish | source.',
    argument: { flags: "<shell>", summary: "whose", choices: Object.keys(SCRIPTS) },
    options: [],
    run: async ({ args: [shell = ""] }, host) => {
      host.answer(SCRIPTS[shell]?.(completionsOf(commands())) ?? "");
      return EXIT.yes;
    },
  };
}
