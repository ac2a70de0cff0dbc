import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonObject } from "../lib/json.ts";
import { done, failed } from "../lib/outcome.ts";
import type { CheckFacts } from "./build.ts";

/** A check against the schemas of `policies/schemas/facts`, one for each member of the document. */
export function createCheckFacts(schemas: Readonly<Record<string, JsonObject>>): CheckFacts {
  // A test holds our own schemas to JSON Schema itself; here that would double the time of a start.
  const ajv = new Ajv2020({ strict: true, allErrors: true, validateSchema: false });
  const valid = ajv.compile({
    type: "object",
    additionalProperties: false,
    required: Object.keys(schemas),
    properties: schemas,
  });
  return (facts) =>
    valid(facts) ? done(facts) : failed(ajv.errorsText(valid.errors, { dataVar: "facts" }));
}
