// On the trust boundary: the definitions of tools as a source outside the configuration presents them. What
// it says is for models to read: nothing in it may be hidden from a person, and no name may be another's.

import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { nameAfter } from "../../lib/named-after.ts";
import { hasUnprintable } from "../../lib/unprintable.ts";
import type { LeftOut } from "./left-out.ts";

/** Definitions that can be offered, and why others cannot. */
export interface Named {
  /** By the tool's name in the catalogue. */
  readonly tools: ReadonlyMap<string, PresentedTool>;
  readonly refused: readonly LeftOut[];
}

/** A tool as it is known at its source. */
export interface PresentedTool {
  /** What its source calls it. */
  readonly own: string;
  readonly definition: JsonObject;
}

/** The protocol's own rule, which some clients insist on. */
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const SHOWN = 100;

/** The tools of a source under the names that the catalogue knows them by: `origin_name`. */
export function nameTools(origin: string, presented: readonly JsonObject[]): Named {
  const tools = new Map<string, PresentedTool>();
  const refused: LeftOut[] = [];
  for (const definition of presented) {
    const { name: own } = definition;
    if (typeof own !== "string") {
      refused.push({ name: origin, why: "a tool has no name" });
      continue;
    }
    const name = nameAfter(origin, own);
    const why = faultOf(definition, name) ?? (tools.has(name) ? "two tools have this name" : null);
    if (why !== null) refused.push({ name: name.slice(0, SHOWN), why });
    else tools.set(name, { own, definition });
  }
  return { tools, refused };
}

function faultOf(definition: JsonObject, name: string): string | null {
  const { execution } = definition;
  // Every call of it would fail: its upstream answers with a task, which nobody here could ask about.
  if (isJsonObject(execution) && execution["taskSupport"] === "required")
    return "it runs as a task alone, and tasks are not spoken here";
  if (!NAME.test(name)) return "its name is not at most 64 of A-Z, a-z, 0-9, _ . and -";
  if (hidesText(definition)) return "its definition has characters that a person cannot see";
  return null;
}

/** Whether a person could not see all of it. Line breaks and tabs are how descriptions are written. */
export function hidesText(value: unknown): boolean {
  if (typeof value === "string") return hasUnprintable(value.replaceAll(/[\r\n\t]/g, ""));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, member]) => hidesText(name) || hidesText(member));
}
