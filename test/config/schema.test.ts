import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { isObject } from "../../src/lib/json.ts";

/** interface.md, "Configuration": every field, and the fields of a tool. */
const FIELDS = `$schema api_key require_auth session_timeout production enable_runners allowed_runners default_runner
  allow_platform_apis enable_opa_policies verbose_logging whitelisted_tools roles allowed_ips state_dir
  container_engine policies http mcpServers jwt audit alerts limits store kubiya`;
const TOOL = `name description type image content runner timeout entrypoint args env secrets with_files with_volumes
  network pull memory cpus pids sandbox`;

const schema: unknown = JSON.parse(await readFile("src/config/schema.json", "utf8"));

test("the schema has every field of the interface, and no other", () => {
  assert.deepEqual(names(at("properties")), words(FIELDS));
  assert.deepEqual(
    names(at("properties", "whitelisted_tools", "items", "anyOf", "1", "properties")),
    words(TOOL),
  );
});

test("every field of the schema is described, so that editors can say what it is", () => {
  assert.deepEqual(undescribed(schema, ""), []);
});

test("every object of the schema is closed, but for those whose names are free", () => {
  assert.deepEqual(openObjects(schema, ""), ["/properties/mcpServers/additionalProperties"]);
});

function at(...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => {
    if (Array.isArray(value)) return value[Number(name)];
    return isObject(value) ? value[name] : undefined;
  }, schema);
}

function names(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value).toSorted() : [];
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).toSorted();
}

function undescribed(value: unknown, path: string): readonly string[] {
  if (!isObject(value)) return [];
  const properties = isObject(value["properties"]) ? Object.entries(value["properties"]) : [];
  const bare = properties
    .filter(([, property]) => !isObject(property) || typeof property["description"] !== "string")
    .map(([name]) => `${path}/${name}`);
  return [...bare, ...below(value, path, undescribed)];
}

function openObjects(value: unknown, path: string): readonly string[] {
  if (!isObject(value)) return [];
  const open = isObject(value["properties"]) && value["additionalProperties"] !== false;
  return [...(open ? [path] : []), ...below(value, path, openObjects)];
}

function below(
  value: Readonly<Record<string, unknown>>,
  path: string,
  visit: (value: unknown, path: string) => readonly string[],
): readonly string[] {
  return Object.entries(value).flatMap(([name, member]) =>
    Array.isArray(member)
      ? member.flatMap((item, index) => visit(item, `${path}/${name}/${index}`))
      : visit(member, `${path}/${name}`),
  );
}
