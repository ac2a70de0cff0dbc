// On the trust boundary: what a request asks for, read in one way wherever it is read: what was decided about
// is what is carried out. What has not the form of anything here is asked about as whatever else.

import type { Answered, AskedReading, Call, Listing } from "../enforcement/types.ts";
import { isJsonObject, type JsonObject, isObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Offers, Reading } from "../tools/types.ts";

type Params = Readonly<Record<string, unknown>>;

/** What a request asks for. */
export type Wanted =
  | { readonly kind: "list" }
  | { readonly kind: "call"; readonly call: Call }
  | { readonly kind: "show"; readonly listing: Listing }
  | { readonly kind: "read"; readonly asked: AskedReading }
  | { readonly kind: "other" };

/** Which offer of the sources a method belongs to; tools are always offered. */
const OFFER_OF: Readonly<Record<string, keyof Offers>> = {
  "resources/list": "resources",
  "resources/templates/list": "resources",
  "resources/read": "resources",
  "resources/subscribe": "subscriptions",
  "resources/unsubscribe": "subscriptions",
  "prompts/list": "prompts",
  "prompts/get": "prompts",
  "completion/complete": "completions",
};

const LISTINGS: readonly Listing[] = ["resources/list", "resources/templates/list", "prompts/list"];

/** What is read, or which field breaks which rule. */
type Read = Outcome<Omit<Reading, "action">, string>;

/** What is read by each method that reads. */
const READINGS: { readonly [Action in Reading["action"]]: (params: Params) => Read } = {
  "resources/read": resource,
  "resources/subscribe": resource,
  "resources/unsubscribe": resource,
  "prompts/get": ({ name, arguments: given }) => {
    if (typeof name !== "string") return failed("name must be a string");
    const args = textsIn(given, "arguments");
    return args.ok ? done({ name, arguments: { name, arguments: args.value } }) : args;
  },
  "completion/complete": ({ ref, argument, context = {} }) => {
    const member = isJsonObject(ref) ? NAMED_BY.get(ref["type"]) : undefined;
    if (!isJsonObject(ref) || member === undefined)
      return failed("ref must be a ref/prompt or a ref/resource");
    const { [member]: name } = ref;
    if (typeof name !== "string") return failed(`ref.${member} must be a string`);
    if (!isJsonObject(argument) || !isText(argument["name"]) || !isText(argument["value"]))
      return failed("argument must have a name and a value, both strings");
    if (!isJsonObject(context)) return failed("context must be an object");
    const before = textsIn(context["arguments"], "context.arguments");
    return before.ok ? done({ name, arguments: { ref, argument, context } }) : before;
  },
};

/** Where what is completed is named: the member that policies read, too. */
const NAMED_BY: ReadonlyMap<unknown, string> = new Map([
  ["ref/prompt", "name"],
  ["ref/resource", "uri"],
]);

/** Characters of a name that are told back. */
const SHOWN = 100;

/** Reads a request; what the sources do not offer is nothing that there is. */
export function wantedIn(method: string, params: Params, offers: Offers): Wanted {
  if (method === "tools/list") return { kind: "list" };
  if (method === "tools/call") {
    const call = callIn(params);
    return call === null ? { kind: "other" } : { kind: "call", call };
  }
  const offer = OFFER_OF[method];
  if (offer === undefined || !offers[offer]) return { kind: "other" };
  const listing = LISTINGS.find((one) => one === method);
  if (listing !== undefined) return { kind: "show", listing };
  const asked = isAction(method) ? readingIn(method, params) : null;
  return asked?.ok === true ? { kind: "read", asked: asked.value } : { kind: "other" };
}

function isAction(method: string): method is Reading["action"] {
  return Object.hasOwn(READINGS, method);
}

/** The call in a request; null where it has not the form of one. */
export function callIn(params: Params): Call | null {
  const { name, arguments: given = {} } = params;
  if (typeof name !== "string" || !isJsonObject(given)) return null;
  return { name, arguments: given, answered: answeredIn(params) };
}

/** The reading in a request, or which field of it breaks which rule. */
export function readingIn(
  action: Reading["action"],
  params: Params,
): Outcome<AskedReading, string> {
  const read = READINGS[action](params);
  if (!read.ok) return read;
  return done({ reading: { action, ...read.value }, answered: answeredIn(params) });
}

/** Answers that are no objects are none: their questions are asked again. */
function answeredIn({ inputResponses: given, requestState: state }: Params): Answered | null {
  if (given === undefined && state === undefined) return null;
  const entries = isObject(given) ? Object.entries(given) : [];
  const answers: JsonObject = Object.fromEntries(
    entries.flatMap(([name, answer]) => (isJsonObject(answer) ? [[name, answer]] : [])),
  );
  return { answers, state: typeof state === "string" ? state : null };
}

function resource({ uri }: Params): Read {
  return isText(uri) ? done({ name: uri, arguments: { uri } }) : failed("uri must be a string");
}

/** Arguments as the protocol has them for all but tools: texts by their name; absent means none. */
function textsIn(given: unknown, field: string): Outcome<JsonObject, string> {
  if (given === undefined) return done({});
  if (!isJsonObject(given)) return failed(`${field} must be an object`);
  const wrong = Object.entries(given).find(([, value]) => !isText(value));
  if (wrong === undefined) return done(given);
  return failed(`${field}.${wrong[0].slice(0, SHOWN)} must be a string`);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
