import type { StandardSchemaV1 } from "@modelcontextprotocol/client";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";

/** Takes any object as the answer of an upstream: what is in it is checked by whoever reads it. */
export const ANY_OBJECT: StandardSchemaV1<unknown, JsonObject> = {
  "~standard": {
    version: 1,
    vendor: "kubiya",
    validate: (value) =>
      isJsonObject(value) ? { value } : { issues: [{ message: "is no object" }] },
  },
};

/** Whether a JSON value has at most so many objects and arrays inside one another. Never recurses: it may be deep. */
export function isWithinDepth(value: unknown, maxDepth: number): boolean {
  let level: readonly object[] = objectsIn([value]);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= maxDepth) return false;
    level = level.flatMap((one) => objectsIn(Object.values(one)));
  }
  return true;
}

function objectsIn(values: readonly unknown[]): readonly object[] {
  return values.filter((value) => typeof value === "object" && value !== null);
}
