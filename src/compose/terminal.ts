import { Writable } from "node:stream";
import { createInterface } from "node:readline/promises";
import type { Terminal } from "../cli/types.ts";
import type { Outside } from "./world.ts";

/** Asks on stderr, as stdout is for answers alone. Null where nobody types, or nobody sees the question. */
export function openTerminal({
  stdin,
  stderr,
}: Pick<Outside, "stdin" | "stderr">): Terminal | null {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return null;
  let shown = true;
  // What is typed comes back from here, and not from the terminal itself.
  const output = new Writable({
    write: (chunk: Uint8Array, _encoding, written) => {
      if (shown) stderr.write(chunk, written);
      else written();
    },
  });
  const lines = createInterface({ input: stdin, output, terminal: true });
  const left = new Promise<null>((gone) => {
    lines.once("close", () => gone(null));
  });
  const ask = (question: string): Promise<string | null> =>
    Promise.race([lines.question(question).catch(() => null), left]);
  return {
    ask,
    askHidden: async (question) => {
      stderr.write(question);
      shown = false;
      const typed = await ask("");
      shown = true;
      stderr.write("\n");
      return typed;
    },
    close: () => lines.close(),
  };
}
