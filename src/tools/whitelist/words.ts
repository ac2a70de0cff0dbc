import { done, failed, type Outcome } from "../../lib/outcome.ts";

const SPACE = /[ \t\r\n]/;

/**
 * Splits a command into words (interface.md, "Tools"): white space separates, single quotes are literal,
 * in double quotes a backslash escapes `"` and `\`, elsewhere it escapes the next character. Nothing is
 * expanded. The failure says which quote or backslash has no end.
 */
export function splitWords(command: string): Outcome<readonly string[], string> {
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  while (at < command.length) {
    const character = command.charAt(at);
    if (SPACE.test(character)) {
      if (word !== null) words.push(word);
      word = null;
      at += 1;
      continue;
    }
    const piece = readPiece(command, at);
    if (!piece.ok) return piece;
    word = (word ?? "") + piece.value.text;
    at = piece.value.end;
  }
  if (word !== null) words.push(word);
  return done(words);
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

/** What one character, escape or quote gives, and where the next one starts. */
function readPiece(command: string, at: number): Outcome<Piece, string> {
  switch (command.charAt(at)) {
    case "'":
      return readSingle(command, at);
    case '"':
      return readDouble(command, at);
    case "\\":
      if (at + 1 === command.length) return failed("it ends with a backslash");
      return done({ text: command.charAt(at + 1), end: at + 2 });
    default:
      return done({ text: command.charAt(at), end: at + 1 });
  }
}

function readSingle(command: string, at: number): Outcome<Piece, string> {
  const end = command.indexOf("'", at + 1);
  if (end === -1) return failed("a single quote is not closed");
  return done({ text: command.slice(at + 1, end), end: end + 1 });
}

function readDouble(command: string, open: number): Outcome<Piece, string> {
  let text = "";
  for (let at = open + 1; at < command.length; at += 1) {
    const character = command.charAt(at);
    if (character === '"') return done({ text, end: at + 1 });
    const next = command.charAt(at + 1);
    const escaped = character === "\\" && (next === '"' || next === "\\");
    text += escaped ? next : character;
    if (escaped) at += 1;
  }
  return failed("a double quote is not closed");
}
