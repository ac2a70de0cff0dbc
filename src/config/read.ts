import { readFile } from "node:fs/promises";
import type { Fault } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";

/** Reads a JSON file; the fault says line and column. */
export async function readJson(path: string): Promise<Outcome<unknown, Fault>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (thrown) {
    const missing = codeOf(thrown) === "ENOENT";
    return failed({
      path,
      field: "",
      message: missing ? "the file is not there" : `the file cannot be read (${codeOf(thrown)})`,
      mend: missing ? "correct the path, or create the file" : "let the user of the server read it",
    });
  }
  try {
    return done(JSON.parse(text));
  } catch (thrown) {
    const message = `is not JSON${placeOf(thrown, text)}`;
    return failed({ path, field: "", message, mend: "correct the file; a JSON checker helps" });
  }
}

/** The code of a system error. */
export function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : "unknown error";
}

function placeOf(thrown: unknown, text: string): string {
  const [, position] = /position (\d+)/.exec(String(thrown)) ?? [];
  if (position === undefined) return ": it ends too early";
  const before = text.slice(0, Number(position)).split("\n");
  return ` at line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}
