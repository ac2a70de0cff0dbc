import type { Completions, Place, Valued } from "./completion-words.ts";

/** For bash 3.2 and later, without the package bash-completion. Words are ours: none needs a quote. */
export function bashScript({ places, valued }: Completions): string {
  return `# bash completion of kubiya
_kubiya() {
  local word="\${COMP_WORDS[COMP_CWORD]}" token longer after="" before="" words="" files="" at
  for ((at = 1; at < COMP_CWORD; at++)); do
    token="\${COMP_WORDS[at]}"
    if [ -n "$before" ]; then
      # bash makes three words of --option=value.
      [ "$token" = "=" ] || before=""
      continue
    fi
    case "$token" in
      ${valued.flatMap(({ names }) => names).join("|")}) before="$token" ;;
      -*) ;;
      *)
        longer="\${after:+$after }$token"
        case "$longer" in
          ${places.flatMap(({ after }) => (after === "" ? [] : [`"${after}"`])).join("|")}) after="$longer" ;;
        esac
        ;;
    esac
  done
  [ -n "$before" ] && [ "$word" = "=" ] && word=""
  case "\${before:-$after}" in
${valued.map(value).join("\n")}
${places.map(place).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ -n "$files" ]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY+=($(compgen -f -- "$word"))
  fi
}
complete -F _kubiya kubiya
`;
}

function value({ names, words, files }: Valued): string {
  return `    ${names.join("|")}) ${files ? "files=yes" : `words="${words.join(" ")}"`} ;;`;
}

function place({ after, words, options, files }: Place): string {
  const named = words.map(({ word }) => word).join(" ");
  const dashed = options.map(({ word }) => word).join(" ");
  return `    "${after}")
      case "$word" in
        -*) words="${dashed}" ;;
        *) words="${named}"${files ? " files=yes" : ""} ;;
      esac
      ;;`;
}
