// On the trust boundary: what a request asks for, read in one way wherever it is read: what was decided about
// is what is carried out. What has not the form of anything here is asked about as whatever else.

import type { Answered, AskedReading, Call, Listing } from "../enforcement/types.ts";
import { isJsonObject, type JsonObject, isObject } from "../lib/json.ts";
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

/** What is read by each method that reads. */
const READINGS: {
  readonly [Action in Reading["action"]]: (params: Params) => Omit<Reading, "action"> | null;
} = {
  "resources/read": resource,
  "resources/subscribe": resource,
  "resources/unsubscribe": resource,
  "prompts/get": ({ name, arguments: given = {} }) =>
    typeof name === "string" && isJsonObject(given)
      ? { name, arguments: { name, arguments: given } }
      : null,
  "completion/complete": ({ ref, argument, context = {} }) => {
    if (!isJsonObject(ref) || !isJsonObject(argument) || !isJsonObject(context)) return null;
    const member = NAMED_BY.get(ref["type"]);
    const name = member === undefined ? null : ref[member];
    return typeof name === "string" ? { name, arguments: { ref, argument, context } } : null;
  },
};

/** Where what is completed is named: the member that policies read, too. */
const NAMED_BY: ReadonlyMap<unknown, string> = new Map([
  ["ref/prompt", "name"],
  ["ref/resource", "uri"],
]);

const ACTIONS: readonly Reading["action"][] = [
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "prompts/get",
  "completion/complete",
];

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
  const action = ACTIONS.find((one) => one === method);
  const asked = action === undefined ? null : readingIn(action, params);
  return asked === null ? { kind: "other" } : { kind: "read", asked };
}

/** The call in a request; null where it has not the form of one. */
export function callIn(params: Params): Call | null {
  const { name, arguments: given = {} } = params;
  if (typeof name !== "string" || !isJsonObject(given)) return null;
  return { name, arguments: given, answered: answeredIn(params) };
}

/** The reading in a request; null where it has not the form of one. */
export function readingIn(action: Reading["action"], params: Params): AskedReading | null {
  const read = READINGS[action](params);
  return read === null ? null : { reading: { action, ...read }, answered: answeredIn(params) };
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

function resource({ uri }: Params): Omit<Reading, "action"> | null {
  return typeof uri === "string" ? { name: uri, arguments: { uri } } : null;
}
