import { StringDecoder } from "node:string_decoder";

/** Longer lines are given in pieces. */
const MAX_LINE = 4_096;

/** Cuts what a program writes into lines, each without its newline. */
export interface Lines {
  readonly add: (chunk: Uint8Array) => void;
  /** Gives what stands after the last newline. */
  readonly end: () => void;
}

/** Gives each line as soon as it is whole. */
export function createLines(onLine: (line: string) => void): Lines {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): void => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
    while (rest.length >= MAX_LINE) {
      onLine(rest.slice(0, MAX_LINE));
      rest = rest.slice(MAX_LINE);
    }
  };
  return {
    add: (chunk) => take(decoder.write(Buffer.from(chunk))),
    end: () => {
      take(decoder.end());
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
