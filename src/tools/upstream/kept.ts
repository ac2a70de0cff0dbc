import { digestOf } from "../../lib/digest.ts";
import type { JsonObject } from "../../lib/json.ts";
import { ownName } from "../../lib/named-after.ts";
import type { PresentedTool } from "./presented.ts";

/** A definition as it is kept. */
export interface Kept {
  readonly tool: string;
  readonly origin: string;
  readonly approved: JsonObject | null;
  readonly presented: JsonObject | null;
}

/** What is known of one that has not presented itself to this process yet. */
export function remembered(
  origin: string,
  kept: ReadonlyMap<string, Kept>,
): ReadonlyMap<string, PresentedTool> {
  const tools = [...kept].flatMap(([tool, { presented }]): readonly [string, PresentedTool][] =>
    presented === null ? [] : [[tool, { own: ownName(origin, tool), definition: presented }]],
  );
  return new Map(tools);
}

/** Whether what is presented is what was approved. */
export function isApproved({ approved, presented }: Kept): boolean {
  return approved !== null && presented !== null && digestOf(approved) === digestOf(presented);
}
