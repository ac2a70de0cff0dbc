// What callers send to make a tool do something else: `hostile.json`, by what it attacks.

import corpus from "./hostile.json" with { type: "json" };

const { refused, names, ...attacks } = corpus;

/** Values that arrive as they were sent, each once. Two are long; the system takes no word of 128 KiB. */
export const HOSTILE: readonly string[] = [
  ...new Set(Object.values(attacks).flat()),
  "x".repeat(20_000),
  "$(touch pwned) ".repeat(4_000),
];

/** Values that no process can be given. */
export const REFUSED: readonly string[] = [...refused, "x".repeat(121 * 1024)];

/** Names of arguments that no tool has. */
export const NAMES: readonly string[] = names;
