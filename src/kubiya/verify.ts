// On the trust boundary: keys of the Kubiya cloud that somebody presents. Only the cloud knows them: what it
// says is taken where both of its answers fit, and nothing is remembered here.

import { isJsonList, isJsonObject, type Json, type JsonObject } from "../lib/json.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";
import { type Asked, type AskParts, createAsk, type Told } from "./ask.ts";
import { unexpected } from "./failure.ts";
import { object, reading } from "./read.ts";
import type { CloudKey, KubiyaFailure, VerifyCloudKey } from "./types.ts";

const VALIDATE: Asked = { method: "GET", version: "v1", path: ["auth", "validate"] };
const ME: Asked = { method: "GET", version: "v1", path: ["auth", "me"] };

/** Asks the cloud whose a key is, and whether it is one. */
export function createVerifyCloudKey(parts: Omit<AskParts, "key">): VerifyCloudKey {
  return async (key, asking) => {
    const ask = createAsk({ ...parts, key });
    const [validated, me] = await Promise.all([
      reading(ask(VALIDATE, asking), told),
      reading(ask(ME, asking), told),
    ]);
    for (const answer of [validated, me]) {
      if (!answer.ok && isNone(answer.failure)) return done(null);
    }
    if (!validated.ok) return validated;
    const { valid = true } = validated.value.answer;
    if (valid === false) return done(null);
    if (valid !== true) return unexpected(validated.value.endpoint, "valid", "it is no boolean");
    return me.ok ? keyOf({ key, validated: validated.value, me: me.value }) : me;
  };
}

function isNone(failure: KubiyaFailure): boolean {
  return failure.reason === "kubiya_unauthorized" && failure.status === 401;
}

/** An object that an endpoint answered with. */
interface ToldObject {
  readonly endpoint: string;
  readonly answer: JsonObject;
}

function told({ endpoint, value }: Told): Outcome<ToldObject, KubiyaFailure> {
  const answer = object({ endpoint, value });
  return answer.ok ? done({ endpoint, answer: answer.value }) : answer;
}

function keyOf({
  key,
  validated,
  me,
}: {
  readonly key: Secret;
  readonly validated: ToldObject;
  readonly me: ToldObject;
}): Outcome<CloudKey, KubiyaFailure> {
  const person = isJsonObject(me.answer["user"]) ? me.answer["user"] : {};
  const owner = { ...person, ...me.answer };
  const user = textAmong([owner["email"], owner["user_email"], owner["id"], owner["uuid"]], key);
  if (user === null) return unexpected(me.endpoint, "email", "it names nobody");
  // A bare `id` may be anybody's: the documentation has an answer in which it is the organisation's.
  const id = textAmong([validated.answer["key_id"], me.answer["key_id"]], key) ?? user;
  const organizations = [validated.answer, owner].flatMap(organizationsIn);
  const organization = textAmong(organizations, key);
  if (organizations.some((other) => other !== organization)) {
    return unexpected(me.endpoint, "organization", "it is no text, or another one than elsewhere");
  }
  const scopes = scopesOf([validated.answer, me.answer]);
  if (scopes === null) return unexpected(me.endpoint, "scopes", "it is no list of texts");
  const ends = validated.answer["expires_at"] ?? me.answer["expires_at"] ?? null;
  const expires_ms = typeof ends === "string" ? Date.parse(ends) : ends;
  if (expires_ms === null) return done({ id, organization, user, scopes, expires_ms });
  if (typeof expires_ms !== "number" || typeof ends !== "string" || Number.isNaN(expires_ms)) {
    return unexpected(validated.endpoint, "expires_at", "it is no time");
  }
  return done({ id, organization, user, scopes, expires_ms });
}

/**
 * The ids of organisations in an answer, by each name that they may have; an answer with a `slug` is one itself.
 * What has no name that says id may be a name, and anybody can call their organisation like another.
 */
function organizationsIn({ organization, org, ...answer }: JsonObject): readonly Json[] {
  const nested = [organization, org].map((one) =>
    isJsonObject(one) ? (one["id"] ?? one["uuid"]) : null,
  );
  const itself = answer["slug"] === undefined ? null : answer["id"];
  const ids = [answer["organization_id"], answer["org_id"], ...nested, itself];
  return ids.filter((one) => one !== undefined && one !== null);
}

/** The first of them that is a text of a reasonable length, and does not give the key away. */
function textAmong(candidates: readonly (Json | undefined)[], key: Secret): string | null {
  const texts = candidates.filter((one) => typeof one === "string");
  const secret = key.reveal();
  return texts.find((one) => one !== "" && one.length <= 256 && !one.includes(secret)) ?? null;
}

/** Where both answers name scopes a key has what is in both. Null where neither does, or one is no list. */
function scopesOf(answers: readonly JsonObject[]): readonly string[] | null {
  const lists = answers
    .map(({ scopes, permissions }) => scopes ?? permissions ?? null)
    .filter((list) => list !== null);
  if (!lists.every(isTexts)) return null;
  const [first = null, second = first] = lists;
  return first?.filter((scope) => second?.includes(scope) === true) ?? null;
}

function isTexts(value: Json): value is readonly string[] {
  return isJsonList(value) && value.every((item) => typeof item === "string");
}
