// On the trust boundary: a caller's arguments, before anything is made of them. What does not fit the
// tool's schema never goes further.

import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";

/** One thing that does not fit. */
interface ArgumentFault {
  readonly field: string;
  readonly message: string;
}

/** Checks arguments and fills in defaults; the failure names each field and the rule it breaks. */
export type CheckArguments = (
  args: JsonObject,
) => Outcome<JsonObject, readonly [ArgumentFault, ...ArgumentFault[]]>;

const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;

/** A check against one tool's schema. */
export function createCheckArguments(schema: JsonObject): CheckArguments {
  // Compiled when it is first needed: a catalogue may have thousands of tools.
  let compiled: ValidateFunction | null = null;
  return (args) => {
    compiled ??= new Ajv2020({ strict: true, allErrors: true, useDefaults: true }).compile(schema);
    const valid = compiled;
    const unfit = unfitness(args, 0) ?? tooLarge(args);
    if (unfit !== null) return failed([unfit]);
    const filled: unknown = JSON.parse(JSON.stringify(args));
    if (valid(filled) && isJsonObject(filled)) return done(filled);
    const [first, ...rest] = (valid.errors ?? []).map(faultOf);
    return failed([first ?? { field: "", message: "does not fit the schema" }, ...rest]);
  };
}

/** Values that no process can be given, whatever the schema says. */
function unfitness(value: unknown, depth: number): ArgumentFault | null {
  if (depth > MAX_DEPTH) return { field: "", message: `is nested deeper than ${MAX_DEPTH} levels` };
  if (typeof value === "string") return unfitText(value);
  if (typeof value !== "object" || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    if (name === "__proto__") return { field: name, message: "is no argument of this tool" };
    const fault = unfitText(name) ?? unfitness(member, depth + 1);
    if (fault !== null) return { ...fault, field: joined(name, fault.field) };
  }
  return null;
}

function unfitText(text: string): ArgumentFault | null {
  if (text.includes("\0")) return { field: "", message: "contains the character NUL" };
  if (!text.isWellFormed())
    return { field: "", message: "contains half a character (a lone surrogate)" };
  return null;
}

function tooLarge(args: JsonObject): ArgumentFault | null {
  const bytes = Buffer.byteLength(JSON.stringify(args));
  return bytes > MAX_BYTES
    ? { field: "", message: `have ${bytes} bytes; ${MAX_BYTES} are allowed` }
    : null;
}

function faultOf({ instancePath, keyword, params, message }: ErrorObject): ArgumentFault {
  const path = instancePath.slice(1).replaceAll("/", ".");
  const extra: unknown = params["additionalProperty"] ?? params["missingProperty"];
  const field = typeof extra === "string" ? joined(path, extra) : path;
  switch (keyword) {
    case "additionalProperties":
      return { field, message: "is no argument of this tool" };
    case "required":
      return { field, message: "is required" };
    case "enum":
      return { field, message: `must be one of ${JSON.stringify(params["allowedValues"])}` };
    default:
      return { field, message: message ?? keyword };
  }
}

function joined(first: string, second: string): string {
  return [first, second].filter((part) => part !== "").join(".");
}
