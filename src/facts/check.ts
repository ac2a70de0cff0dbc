import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { JsonObject } from "../lib/json.ts";
import { done, failed } from "../lib/outcome.ts";
import type { CheckFacts } from "./build.ts";

/** A check against the schemas of `policies/schemas/facts`, one for each member of the document. */
export function createCheckFacts(schemas: Readonly<Record<string, JsonObject>>): CheckFacts {
  // A test holds our own schemas to JSON Schema itself; here that would double the time of a start.
  const ajv = new Ajv2020({ strict: true, allErrors: true, validateSchema: false });
  const schema = {
    type: "object",
    additionalProperties: false,
    required: Object.keys(schemas),
    properties: schemas,
  };
  // Compiled when it is first asked: a server asks before it listens, and many a command never does.
  let compiled: ValidateFunction | null = null;
  return (facts) => {
    compiled ??= ajv.compile(schema);
    const valid = compiled;
    if (valid(facts)) return done(facts);
    return failed(ajv.errorsText(valid.errors, { dataVar: "facts" }));
  };
}
