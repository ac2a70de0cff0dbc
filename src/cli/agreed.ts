import type { Terminal } from "./types.ts";

/** The answer to a question that takes yes or no; Enter takes what is proposed. Null: the person has left. */
export async function agreed(
  { ask }: Terminal,
  question: string,
  proposed: "yes" | "no",
): Promise<boolean | null> {
  for (;;) {
    const typed = await ask(`${question} [${proposed === "yes" ? "Y/n" : "y/N"}] `);
    if (typed === null) return null;
    const answer = typed.trim().toLowerCase() || proposed;
    if (/^y(?:es)?$/.test(answer)) return true;
    if (/^no?$/.test(answer)) return false;
  }
}
