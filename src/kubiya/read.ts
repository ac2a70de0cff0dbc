// On the trust boundary: answers of the cloud. Each is checked for what its documentation says and what is
// used of it; what does not fit is named by its endpoint and its field.

import { isJsonList, isJsonObject, type Json, type JsonObject } from "../lib/json.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { Told } from "./ask.ts";
import { unexpected } from "./failure.ts";
import type { Answer, CloudTool, CloudTools, KubiyaFailure } from "./types.ts";

/** Makes something of an answer. */
export type ReadTold<T> = (told: Told) => Outcome<T, KubiyaFailure>;

/** Reads an answer that is awaited. */
export async function reading<T>(answer: Answer<Told>, read: ReadTold<T>): Answer<T> {
  const told = await answer;
  return told.ok ? read(told.value) : told;
}

/** Nothing is told that anybody needs. */
export function nothing(): Outcome<void, KubiyaFailure> {
  return done(undefined);
}

/** An object. */
export function object({ endpoint, value }: Told): Outcome<JsonObject, KubiyaFailure> {
  return isJsonObject(value) ? done(value) : unexpected(endpoint, "", "it is no object");
}

/** A list of objects. */
export function objects(told: Told): Outcome<readonly JsonObject[], KubiyaFailure> {
  return listOf(told, "", told.value);
}

/** A list of objects that have names. */
export function named(told: Told): Outcome<readonly Named[], KubiyaFailure> {
  return namedOf(told, "", told.value);
}

/** `{tools[], errors[]}`. */
export function tools(told: Told): Outcome<CloudTools, KubiyaFailure> {
  const answer = object(told);
  if (!answer.ok) return answer;
  const { tools: listed = null, errors = [] } = answer.value;
  const found: Outcome<readonly CloudTool[], KubiyaFailure> = namedOf(told, "tools", listed);
  if (!found.ok) return found;
  // Sources without a fault say null as well.
  if (errors !== null && !isJsonList(errors)) {
    return unexpected(told.endpoint, "errors", "it is no list");
  }
  return done({ tools: found.value, errors: errors ?? [] });
}

interface Named extends JsonObject {
  readonly name: string;
}

function listOf(
  { endpoint }: Told,
  field: string,
  value: Json,
): Outcome<readonly JsonObject[], KubiyaFailure> {
  if (!isJsonList(value)) return unexpected(endpoint, field, "it is no list");
  const found = value.filter(isJsonObject);
  if (found.length === value.length) return done(found);
  const at = value.findIndex((item) => !isJsonObject(item));
  return unexpected(endpoint, `${field}[${at}]`, "it is no object");
}

function namedOf(told: Told, field: string, value: Json): Outcome<readonly Named[], KubiyaFailure> {
  const listed = listOf(told, field, value);
  if (!listed.ok) return listed;
  const found = listed.value.filter(isNamed);
  if (found.length === listed.value.length) return done(found);
  const at = listed.value.findIndex((item) => !isNamed(item));
  return unexpected(told.endpoint, `${field}[${at}].name`, "it is no text");
}

function isNamed(item: JsonObject): item is Named {
  return typeof item["name"] === "string" && item["name"] !== "";
}
