import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { closest, distance } from "fastest-levenshtein";
import type { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { ConfigFile } from "./file.ts";
import schema from "./schema.json" with { type: "json" };

/** Checks a configuration against its schema: every fault at once, with field, value and mend. */
export function createCheckFile(): (
  value: unknown,
  path: string,
) => Outcome<ConfigFile, readonly Fault[]> {
  const ajv = new Ajv2020({ strict: true, allErrors: true, verbose: true, allowUnionTypes: true });
  const valid = ajv.compile<ConfigFile>(schema);
  return (value, path) => {
    if (valid(value)) return done(value);
    const errors = (valid.errors ?? []).filter((error) => isTold(error, value));
    return failed(errors.map((error) => faultOf(error, path)));
  };
}

/**
 * A text or an object: only what is wrong with the kind that was written is told. `anyOf` itself is told
 * where neither was.
 */
function isTold({ keyword, schemaPath, instancePath }: ErrorObject, root: unknown): boolean {
  if (!schemaPath.startsWith("#/properties/whitelisted_tools/items/anyOf")) return true;
  const [, , index = ""] = instancePath.split("/");
  const list = isObject(root) ? root["whitelisted_tools"] : undefined;
  const item: unknown = Array.isArray(list) ? list[Number(index)] : undefined;
  const branch = isObject(item) ? "anyOf/1/" : "anyOf/0/";
  if (keyword === "anyOf") return !isObject(item) && typeof item !== "string";
  return (isObject(item) || typeof item === "string") && schemaPath.includes(branch);
}

function faultOf(error: ErrorObject, path: string): Fault {
  const field = fieldOf(error.instancePath);
  switch (error.keyword) {
    case "additionalProperties":
      return unknownField(error, path);
    case "required":
      return {
        path,
        field: joined(field, String(error.params["missingProperty"])),
        message: "is missing",
        mend: "add it",
      };
    case "type":
      return {
        path,
        field,
        message: `must be ${article(String(error.params["type"]))}, and is ${shown(error.data)}`,
        mend: "write a value of that type",
      };
    case "enum":
      return {
        path,
        field,
        message: `${shown(error.data)} is none of the values it may have`,
        mend: `write one of ${String(error.params["allowedValues"])}`,
      };
    case "anyOf":
      return {
        path,
        field,
        message: `must be a name or a tool, and is ${shown(error.data)}`,
        mend: "write a text or an object",
      };
    default:
      return {
        path,
        field,
        message: `${error.message ?? error.keyword}, and is ${shown(error.data)}`,
        mend: "correct the value",
      };
  }
}

function unknownField({ params, parentSchema, instancePath }: ErrorObject, path: string): Fault {
  const name = String(params["additionalProperty"]);
  const properties: unknown = parentSchema?.["properties"];
  const known = isObject(properties) ? Object.keys(properties) : [];
  const nearest = known.length === 0 ? "" : closest(name, known);
  const near = distance(name, nearest) <= Math.max(2, name.length / 3);
  return {
    path,
    field: joined(fieldOf(instancePath), name),
    message: "is no field of the configuration",
    mend: near ? `did you mean ${nearest}?` : `known here: ${known.join(", ")}`,
  };
}

/** `/whitelisted_tools/0/image` as `whitelisted_tools[0].image`. */
function fieldOf(pointer: string): string {
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce(
      (field, token) => (/^\d+$/.test(token) ? `${field}[${token}]` : joined(field, token)),
      "",
    );
}

function joined(field: string, name: string): string {
  return field === "" ? name : `${field}.${name}`;
}

/** The type and, where it can tell nothing secret, the value. */
function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "string") return "a text";
  return value === null ? "null" : article(Array.isArray(value) ? "array" : typeof value);
}

function article(type: string): string {
  return /^[aio]/.test(type) ? `an ${type}` : `a ${type}`;
}
