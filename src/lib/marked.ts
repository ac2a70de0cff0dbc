import { isJsonList, isJsonObject, type Json, type JsonObject } from "./json.ts";

/**
 * The JSON Pointers of the values that a JSON Schema marks as secret: those that are `writeOnly`
 * (JSON Schema 2020-12, Validation, section 9.4), as deep as `properties`, `items` and combinations go.
 */
export function markedSecret(schema: JsonObject, value: Json): readonly string[] {
  if (schema["writeOnly"] === true) return [""];
  const inside = [schema["allOf"], schema["anyOf"], schema["oneOf"]].flatMap(itemsOf);
  return [
    ...inside.filter(isJsonObject).flatMap((one) => markedSecret(one, value)),
    ...inMembers(schema["properties"], value),
    ...inItems(schema["items"], value),
  ];
}

function inMembers(properties: Json | undefined, value: Json): readonly string[] {
  if (!isJsonObject(properties) || !isJsonObject(value)) return [];
  return Object.entries(properties).flatMap(([name, schema]) => {
    const member = value[name];
    if (!isJsonObject(schema) || member === undefined) return [];
    const token = name.replaceAll("~", "~0").replaceAll("/", "~1");
    return markedSecret(schema, member).map((pointer) => `/${token}${pointer}`);
  });
}

function inItems(items: Json | undefined, value: Json): readonly string[] {
  if (!isJsonObject(items)) return [];
  return itemsOf(value).flatMap((item, at) =>
    markedSecret(items, item).map((pointer) => `/${at}${pointer}`),
  );
}

function itemsOf(value: Json | undefined): readonly Json[] {
  return isJsonList(value) ? value : [];
}
