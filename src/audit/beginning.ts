import { isJsonObject, type Json } from "../lib/json.ts";
import { type ChainFile, fileNamed } from "./files.ts";
import type { Recorded } from "./recorded.ts";

/** Whether a record says that retention took away what stood before a chain's first file. */
export function explains(
  { phase, action, parameters }: Recorded,
  file: ChainFile,
  { seq, prev }: Pick<Recorded, "seq" | "prev">,
): boolean {
  if (phase !== "event" || action !== "retention") return false;
  const { files, last } = parameters;
  const numbers = namesIn(files).map((name) => fileNamed(name)?.number ?? 0);
  // A crash between the record and the last of its files leaves some that may go.
  if (numbers.includes(file.number)) return true;
  if (!numbers.includes(file.number - 1) || !isJsonObject(last)) return false;
  return last["seq"] === seq - 1 && last["hash"] === prev;
}

function namesIn(files: Json | undefined): readonly string[] {
  return Array.isArray(files) ? files.filter((name) => typeof name === "string") : [];
}
