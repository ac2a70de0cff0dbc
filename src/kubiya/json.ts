// On the trust boundary: JSON of the cloud. What is secret in it goes before anybody sees it, by name and at
// any depth, and what is nested deeper than any of its documents is none.

import { isJsonList, isJsonObject, type Json, parseJson } from "../lib/json.ts";

/** Passwords of gateways, environments of agents, settings of integrations: nobody here has use for them. */
const SECRET_MEMBERS = new Set(["gatewaypassword", "environmentvariables", "vendorspecific"]);

const MOST_LEVELS = 64;

/** The JSON value of a text, without what is secret; undefined where it is none. */
export function parseText(text: string): Json | undefined {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
  return isShallow(value, MOST_LEVELS) ? stripped(value) : undefined;
}

function isShallow(value: Json, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1));
}

function stripped(value: Json): Json {
  if (isJsonList(value)) return value.map(stripped);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !isSecretMember(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, stripped(member)]));
}

function isSecretMember(name: string): boolean {
  return SECRET_MEMBERS.has(name.toLowerCase().replaceAll(/[_-]/g, ""));
}
