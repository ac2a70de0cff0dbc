import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { JsonObject } from "../lib/json.ts";
import { done, failed } from "../lib/outcome.ts";
import type { CheckInput, InputDocument } from "./types.ts";

/** A check against `policies/schemas/input.json`. */
export function createCheckInput(schema: JsonObject): CheckInput {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // Compiled when it is first asked: no request of a server ever does.
  let compiled: ValidateFunction<InputDocument> | null = null;
  return (document) => {
    compiled ??= ajv.compile<InputDocument>(schema);
    const valid = compiled;
    if (valid(document)) return done(document);
    return failed(ajv.errorsText(valid.errors, { dataVar: "input" }));
  };
}
