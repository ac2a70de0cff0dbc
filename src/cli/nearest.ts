import { distance } from "fastest-levenshtein";

/** The name that is nearest to what was typed, as a whole or by its last word. */
export function nearestCommand(typed: string, names: readonly string[]): string {
  const away = (name: string): number =>
    Math.min(distance(typed, name), distance(lastWord(typed), lastWord(name)) + 1);
  return names.toSorted((a, b) => away(a) - away(b))[0] ?? "";
}

/** The word of a command or a group that it has to itself. */
export function lastWord(words: string): string {
  return words.split(" ").at(-1) ?? "";
}
