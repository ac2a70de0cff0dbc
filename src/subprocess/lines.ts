import { StringDecoder } from "node:string_decoder";
import { MAX_LINE } from "./types.ts";

/** Cuts what a program writes into lines, each without its newline. */
export interface Lines {
  readonly add: (chunk: Uint8Array) => void;
  /** Gives what stands after the last newline. */
  readonly end: () => void;
}

/** Gives each line as soon as it is whole, up to a length: a program may write without ever ending one. */
export function createLines(onLine: (line: string) => void): Lines {
  const decoder = new StringDecoder("utf8");
  let line = "";
  const extend = (piece: string): void => {
    if (line.length < MAX_LINE) line = (line + piece).slice(0, MAX_LINE);
  };
  const give = (): void => {
    onLine(line.toWellFormed());
    line = "";
  };
  const take = (text: string): void => {
    const pieces = text.split("\n");
    for (const piece of pieces.slice(0, -1)) {
      extend(piece);
      give();
    }
    extend(pieces.at(-1) ?? "");
  };
  return {
    add: (chunk) => take(decoder.write(Buffer.from(chunk))),
    end: () => {
      take(decoder.end());
      if (line !== "") give();
    },
  };
}
