import type { Completions, Place, Valued, Word } from "./completion-words.ts";
import { quoted } from "./quoted.ts";

/** To be sourced, or to be the file `_kubiya` in a folder of `fpath`. */
export function zshScript({ places, valued }: Completions): string {
  return `#compdef kubiya
_kubiya() {
  local token longer after="" before=""
  local -a words_here options_here
  for token in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $before ]]; then
      before=""
      continue
    fi
    case $token in
      ${valued.flatMap(({ names }) => names).join("|")}) before=$token ;;
      -*) ;;
      *)
        longer="\${after:+$after }$token"
        case $longer in
          ${places.flatMap(({ after }) => (after === "" ? [] : [quoted(after)])).join("|")}) after=$longer ;;
        esac
        ;;
    esac
  done
  if [[ -z $before && \${words[CURRENT]} == --*=* ]]; then
    before=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  case \${before:-$after} in
${valued.map(value).join("\n")}
${places.map(place).join("\n")}
  esac
}
if [[ \${funcstack[1]} == _kubiya ]]; then
  _kubiya "$@"
else
  compdef _kubiya kubiya
fi
`;
}

function value({ names, words, files }: Valued): string {
  const offered = words.length === 0 ? "_message value" : `compadd -- ${words.join(" ")}`;
  return `    ${names.join("|")}) ${files ? "_files" : offered} ;;`;
}

function place({ after, words, options, files }: Place): string {
  return `    ${quoted(after)})
      words_here=(${described(words)})
      options_here=(${described(options)})
      if [[ \${words[CURRENT]} == -* ]]; then
        _describe -o option options_here
      else
        _describe word words_here${files ? "\n        _files" : ""}
      fi
      ;;`;
}

/** A colon ends the word; what stands after it is text. */
function described(words: readonly Word[]): string {
  return words.map(({ word, summary }) => quoted(`${word}:${summary}`)).join(" ");
}
