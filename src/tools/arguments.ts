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
/** Linux gives a program at most 128 KiB in one word or variable, its name included (execve(2)). */
const MAX_VALUE_BYTES = 120 * 1024;
const MAX_DEPTH = 64;
/** Fewer than a policy's input may have: what fits here, policies can judge. */
const MAX_VALUES = 5_000;
const MAX_FAULTS = 20;
const MAX_NAME = 100;
const NO_ARGUMENT = "is no argument of this tool";

/** `argumentSchema` and `judgeable` write nothing but JSON Schema; to check that would cost each tool 30 ms. */
const CHECKS = {
  strict: false,
  allErrors: true,
  useDefaults: true,
  verbose: true,
  validateSchema: false,
  meta: false,
} as const;

/** A check against one tool's schema. */
export function createCheckArguments(schema: JsonObject): CheckArguments {
  // Compiled when it is first needed: a catalogue may have thousands of tools.
  let compiled: ValidateFunction | null = null;
  return (args) => {
    compiled ??= new Ajv2020(CHECKS).compile(schema);
    const valid = compiled;
    const unusable = valueFault(args, 0) ?? sizeFault(args);
    if (unusable !== null) return failed([unusable]);
    // Without a prototype, an argument called `toString` is absent until somebody gives it.
    const filled: unknown = Object.assign(Object.create(null), JSON.parse(JSON.stringify(args)));
    if (valid(filled) && isJsonObject(filled)) return done({ ...filled });
    const [first, ...rest] = (valid.errors ?? []).slice(0, MAX_FAULTS).map(faultOf);
    return failed([first ?? { field: "", message: "does not fit the schema" }, ...rest]);
  };
}

/** Values that no process can be given, whatever the schema says. */
function valueFault(value: unknown, depth: number): ArgumentFault | null {
  if (depth > MAX_DEPTH) return { field: "", message: `is nested deeper than ${MAX_DEPTH} levels` };
  if (typeof value === "string") return textFault(value);
  if (typeof value !== "object" || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    if (name === "__proto__") return { field: name, message: NO_ARGUMENT };
    const fault = textFault(name) ?? valueFault(member, depth + 1);
    if (fault !== null) return { ...fault, field: joined(shown(name), fault.field) };
  }
  return null;
}

function textFault(text: string): ArgumentFault | null {
  if (text.includes("\0")) return { field: "", message: "contains the character NUL" };
  if (!text.isWellFormed())
    return { field: "", message: "contains half a character (a lone surrogate)" };
  return null;
}

function sizeFault(args: JsonObject): ArgumentFault | null {
  const bytes = Buffer.byteLength(JSON.stringify(args));
  if (bytes > MAX_BYTES) return { field: "", message: tooMany(bytes, MAX_BYTES) };
  if (valuesIn(args) > MAX_VALUES)
    return { field: "", message: `has more than ${MAX_VALUES} values` };
  for (const [name, value] of Object.entries(args)) {
    const size = Buffer.byteLength(typeof value === "string" ? value : JSON.stringify(value));
    if (size > MAX_VALUE_BYTES)
      return { field: shown(name), message: tooMany(size, MAX_VALUE_BYTES) };
  }
  return null;
}

/** The values of a tree of bounded depth, inner ones counted. */
function valuesIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + valuesIn(inner), 1);
}

function tooMany(bytes: number, allowed: number): string {
  return `is ${bytes} bytes long; ${allowed} are allowed`;
}

/** A name that a caller chose. */
function shown(name: string): string {
  return name.slice(0, MAX_NAME).toWellFormed();
}

function faultOf(error: ErrorObject): ArgumentFault {
  const { instancePath, keyword, params, message } = error;
  const path = instancePath.slice(1).replaceAll("/", ".");
  const extra: unknown = params["additionalProperty"] ?? params["missingProperty"];
  const field = typeof extra === "string" ? joined(path, shown(extra)) : path;
  switch (keyword) {
    case "additionalProperties":
      return { field, message: path === "" ? NO_ARGUMENT : notKnown(error) };
    case "required":
      return { field, message: "is required" };
    case "enum":
      return { field, message: `must be one of ${JSON.stringify(params["allowedValues"])}` };
    default:
      return { field, message: message ?? keyword };
  }
}

/** Of a member of an argument, with those that the schema knows. */
function notKnown({ parentSchema }: ErrorObject): string {
  const properties: unknown = parentSchema?.["properties"];
  const known = isJsonObject(properties) ? Object.keys(properties) : [];
  if (known.length === 0) return "is not known: leave it out";
  const names = known.slice(0, MAX_FAULTS).map((name) => `\`${name}\``);
  return `is not known: use one of ${names.join(", ")}, or leave it out`;
}

function joined(first: string, second: string): string {
  return [first, second].filter((part) => part !== "").join(".");
}
