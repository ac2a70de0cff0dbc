import type { StoreFailure } from "./types.ts";

/** Why the store cannot be used: what was tried, what was said, what to do. */
export function unavailable(attempt: string, said: string, mend: string): StoreFailure {
  return { reason: "store_unavailable", detail: `cannot ${attempt}: ${said}; ${mend}` };
}

/** The system's or the database's name of an error (`ENOSPC`, `28P01`), empty where it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}

/** What an error says. One of several addresses that were tried has no words of its own. */
export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text === "" ? codeOf(error) : text;
}
