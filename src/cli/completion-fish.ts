import type { Completions, Place, Valued, Word } from "./completion-words.ts";

/** For fish 3 and later. */
export function fishScript({ places, valued }: Completions): string {
  return `# fish completion of kubiya
function __kubiya_complete
    set -l word (commandline -ct)
    set -l tokens (commandline -opc)
    set -l after ""
    set -l before ""
    for token in $tokens[2..]
        if test -n "$before"
            set before ""
            continue
        end
        switch $token
            case ${valued.flatMap(({ names }) => names).join(" ")}
                set before $token
            case '-*'
            case '*'
                set -l longer (string trim -- "$after $token")
                if contains -- $longer ${places.flatMap(({ after }) => (after === "" ? [] : [quoted(after)])).join(" ")}
                    set after $longer
                end
        end
    end
    if test -n "$before"
        switch $before
${valued.map(value).join("\n")}
        end
        return
    end
    switch $after
${places.map(place).join("\n")}
    end
end
complete -c kubiya -f -a '(__kubiya_complete)'
`;
}

const FILES = "__fish_complete_path $word";

function value({ names, words, files }: Valued): string {
  const offered = words.length === 0 ? "" : `printf '%s\\n' ${words.join(" ")}`;
  return `            case ${names.join(" ")}
                ${files ? FILES : offered}`;
}

function place({ after, words, options, files }: Place): string {
  return `        case ${quoted(after)}
            if string match -q -- '-*' $word
                ${described(options)}
            else
                ${files ? FILES : described(words)}
            end`;
}

function described(words: readonly Word[]): string {
  if (words.length === 0) return "";
  const pairs = words.flatMap(({ word, summary }) => [quoted(word), quoted(summary)]);
  return `printf '%s\\t%s\\n' ${pairs.join(" ")}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
}
