import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { closest, distance } from "fastest-levenshtein";
import type { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { cutText } from "../lib/text.ts";
import type { ConfigFile } from "./file.ts";
import { canonicalNetwork } from "../lib/networks.ts";
import schema from "./schema.json" with { type: "json" };

/** What a schema says about a configuration. */
export interface Checked {
  /** What is left without the members that have a fault: other rules can be asked about it at once. */
  readonly usable: ConfigFile;
  readonly faults: readonly Fault[];
}

/** Checks a value against the configuration's schema: every fault at once, with field, value and mend. */
export type CheckFile = (value: unknown, path: string) => Checked;

/** A test holds our own schema to JSON Schema itself; here that would double the time of a start. */
const CHECKS = {
  strict: true,
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  validateSchema: false,
} as const;

/** Compiles the schema. */
export function createCheckFile(): CheckFile {
  const ajv = new Ajv2020(CHECKS);
  ajv.addFormat("cidr", { validate: (written: string) => canonicalNetwork(written).ok });
  const valid = ajv.compile<ConfigFile>(schema);
  return (value, path) => {
    if (valid(value)) return { usable: value, faults: [] };
    const errors = valid.errors ?? [];
    const faults = errors.filter((error) => isTold(error, value));
    const rest: unknown = withoutFaulty(value, errors);
    return {
      usable: valid(rest) ? rest : {},
      faults: faults.map((error) => ({ path, ...faultOf(error) })),
    };
  };
}

/** Without the tools and the upstreams that have one, and whatever else has one as a whole. */
function withoutFaulty(value: unknown, errors: readonly ErrorObject[]): unknown {
  if (!isObject(value)) return {};
  const places = errors.map(placeOf);
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const inside = places.filter(([first]) => first === name);
    if (inside.length === 0) return [[name, member] as const];
    const faulty = new Set(inside.map(([, second]) => second));
    if (name === "whitelisted_tools" && Array.isArray(member)) {
      const tools: readonly unknown[] = member;
      // A name in its place, so that the others keep their numbers.
      return [[name, tools.map((tool, at) => (faulty.has(`${at}`) ? "faulty" : tool))] as const];
    }
    if (name !== "mcpServers" || !isObject(member) || faulty.has(undefined)) return [];
    const others = Object.entries(member).filter(([upstream]) => !faulty.has(upstream));
    return [[name, Object.fromEntries(others)] as const];
  });
  return Object.fromEntries(kept);
}

/** Where it stands, from the top; a member that may not be there stands there itself. */
function placeOf({ instancePath, params, propertyName }: ErrorObject): readonly string[] {
  const named: unknown = params["additionalProperty"] ?? propertyName ?? params["propertyName"];
  return [...tokensOf(instancePath), ...(typeof named === "string" ? [named] : [])];
}

/**
 * A text or an object: only what is wrong with the kind that was written is told. `anyOf` itself is told
 * where neither was. A name that no member may have is told once, where it stands.
 */
function isTold({ keyword, schemaPath, instancePath }: ErrorObject, root: unknown): boolean {
  if (keyword === "pattern" && schemaPath.endsWith("/propertyNames/pattern")) return false;
  if (!schemaPath.startsWith("#/properties/whitelisted_tools/items/anyOf")) return true;
  const [, , index = ""] = instancePath.split("/");
  const list = isObject(root) ? root["whitelisted_tools"] : undefined;
  const item: unknown = Array.isArray(list) ? list[Number(index)] : undefined;
  if (keyword === "anyOf") return !isObject(item) && typeof item !== "string";
  if (!isObject(item) && typeof item !== "string") return false;
  return schemaPath.includes(isObject(item) ? "anyOf/1/" : "anyOf/0/");
}

function faultOf(error: ErrorObject): Omit<Fault, "path"> {
  const { keyword, params, data, parentSchema } = error;
  const field = fieldOf(error.instancePath);
  const secret = parentSchema?.["writeOnly"] === true;
  const is = shown(data, secret);
  const belongs = `here belongs: ${String(parentSchema?.["description"] ?? "another value")}`;
  switch (keyword) {
    case "additionalProperties":
      return unknownField(error);
    case "propertyNames": {
      const name = String(params["propertyName"]);
      return { field: joined(field, name), message: "is no name", mend: "choose another name" };
    }
    case "required": {
      const missing = joined(field, String(params["missingProperty"]));
      return { field: missing, message: "is missing", mend: "add it" };
    }
    case "type":
      return { field, message: `must be ${types(params["type"])}, and is ${is}`, mend: belongs };
    case "enum": {
      const values = String(params["allowedValues"]).replaceAll(",", ", ");
      return { field, message: `is ${is}`, mend: `write one of ${values}` };
    }
    case "anyOf":
      return {
        field,
        message: `must be a name or a tool, and is ${is}`,
        mend: "write a text or an object",
      };
    case "format": {
      const network = canonicalNetwork(String(data));
      const why = network.ok ? "is no network" : network.failure;
      return { field, message: `${String(data)} ${why}`, mend: "write a network as 10.0.0.0/8" };
    }
    case "pattern":
      return { field, message: `is ${is}, which has another form`, mend: belongs };
    default:
      return { field, message: `${error.message ?? keyword}, and is ${is}`, mend: belongs };
  }
}

function unknownField({ params, parentSchema, instancePath }: ErrorObject): Omit<Fault, "path"> {
  const name = String(params["additionalProperty"]);
  const properties: unknown = parentSchema?.["properties"];
  const known = isObject(properties) ? Object.keys(properties) : [];
  const nearest = known.length === 0 ? "" : closest(name, known);
  const near = distance(name, nearest) <= Math.max(2, name.length / 3);
  return {
    field: joined(fieldOf(instancePath), name),
    message: "is no field of the configuration",
    mend: near ? `did you mean ${nearest}?` : `known here: ${known.join(", ")}`,
  };
}

/** `/whitelisted_tools/0/image` as `whitelisted_tools[0].image`. */
function fieldOf(pointer: string): string {
  return tokensOf(pointer).reduce(
    (field, token) => (/^\d+$/.test(token) ? `${field}[${token}]` : joined(field, token)),
    "",
  );
}

/** The tokens of a JSON Pointer (RFC 6901 section 4). */
function tokensOf(pointer: string): readonly string[] {
  const [, ...tokens] = pointer.split("/");
  return tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function joined(field: string, name: string): string {
  return field === "" ? name : `${field}.${name}`;
}

const SHOWN_BYTES = 60;

/** A value with its type; of a secret only the type. */
function shown(value: unknown, secret: boolean): string {
  if (typeof value === "string") {
    return secret ? "a string" : `the string ${JSON.stringify(cutText(value, SHOWN_BYTES))}`;
  }
  if (typeof value === "number" || typeof value === "boolean") {
    return secret ? article(typeof value) : `the ${typeof value} ${value}`;
  }
  return value === null ? "null" : article(Array.isArray(value) ? "array" : typeof value);
}

function types(type: unknown): string {
  return Array.isArray(type) ? `one of ${type.join(", ")}` : article(String(type));
}

function article(type: string): string {
  return /^[aio]/.test(type) ? `an ${type}` : `a ${type}`;
}
