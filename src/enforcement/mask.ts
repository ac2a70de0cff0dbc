import { isObject, type Json, type JsonObject } from "../lib/json.ts";

const HIDDEN = "[REDACTED]";

/**
 * A copy of an object in which the values at these JSON Pointers (RFC 6901) are `[REDACTED]`; the empty one
 * points to all of them.
 */
export function hidePaths(object: JsonObject, pointers: readonly string[]): JsonObject {
  const routes = pointers.map((pointer) => pointer.split("/").slice(1).map(unescape));
  const whole = pointers.includes("");
  const members = Object.entries(object).map(([name, value]) => [
    name,
    whole ? HIDDEN : hide(value, below(routes, name)),
  ]);
  return Object.fromEntries(members);
}

function hide(value: Json, routes: readonly (readonly string[])[]): Json {
  if (routes.length === 0) return value;
  if (routes.some((route) => route.length === 0)) return HIDDEN;
  if (isArray(value)) return value.map((item, at) => hide(item, below(routes, String(at))));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, hide(member, below(routes, name))]),
  );
}

/** The routes that go through a name, from there on. */
function below(
  routes: readonly (readonly string[])[],
  name: string,
): readonly (readonly string[])[] {
  return routes.filter(([first]) => first === name).map((route) => route.slice(1));
}

function unescape(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
