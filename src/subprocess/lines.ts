import { StringDecoder } from "node:string_decoder";
import { type CreateLines, MAX_LINE } from "./types.ts";

/** Gives each line as soon as it is whole, up to a length: a program may write without ever ending one. */
export const createLines: CreateLines = (onLine) => {
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
};
