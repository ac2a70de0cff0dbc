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
