import { cutText } from "../lib/text.ts";
import type { CloudRun, Watching } from "./types.ts";

/** What a run writes, as it comes in: kept up to a limit, counted beyond it. */
export interface Output {
  readonly write: (text: string) => void;
  /** The same, and it is shown first where the run fails. */
  readonly writeError: (text: string) => void;
  readonly left: (exitCode: number | null) => CloudRun;
  /** The last that it wrote as an error, or else at all. */
  readonly lastWords: () => string;
}

const LAST = 500;

/** The output of one run; whoever watches hears of each piece. */
export function createOutput({ maxBytes, onNews }: Pick<Watching, "maxBytes" | "onNews">): Output {
  let kept = "";
  let outputBytes = 0;
  let last = "";
  let lastError = "";

  function write(text: string): void {
    if (text === "") return;
    const left = maxBytes - outputBytes;
    if (left > 0) kept += cutText(text, left);
    outputBytes += Buffer.byteLength(text);
    last = ending(last + text);
    onNews({ text });
  }

  return {
    write,
    writeError: (text) => {
      lastError = ending(lastError + text);
      write(text);
    },
    left: (exitCode) => ({
      output: kept,
      outputBytes,
      truncated: outputBytes > maxBytes,
      exitCode,
    }),
    lastWords: () => (lastError === "" ? last : lastError),
  };
}

/** The end of a text; a character that it would cut in two is left out of it. */
function ending(text: string): string {
  return text.slice(-LAST).replace(/^[\udc00-\udfff]/, "");
}
