// Cases as data, on the compiled module. A case starts from a base input and the base facts, and changes the
// places it names (`a.b.c`); `NOW+n` stands for a time.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { isJsonObject, type Json, type JsonObject } from "../../src/lib/json.ts";
import { buildBuiltIn, opener } from "../policies/module.ts";

const NOW = 1_795_435_200_000;
const FOLDER = "test/decisions";

interface Case {
  readonly name: string;
  readonly entrypoint: string;
  readonly base: string;
  readonly set?: JsonObject;
  readonly unset?: readonly string[];
  readonly facts?: JsonObject;
  readonly expect: JsonObject;
}

const read = async (path: string): Promise<string> => readFile(path, "utf8");
const openWith = await opener(await buildBuiltIn());
const bases: { readonly inputs: Readonly<Record<string, JsonObject>>; readonly facts: JsonObject } =
  JSON.parse(await read(`${FOLDER}/bases/bases.json`));
const defaults: Json = JSON.parse(await read("policies/facts/defaults.json"));
const baseFacts: JsonObject = { ...bases.facts, defaults };
const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".json"));

/** What `entrypoint` answers, with every reason reduced to its code, and every alert to code and key. */
async function answer(entrypoint: string, input: Json, facts: Json): Promise<JsonObject> {
  const { evaluate } = await openWith({ facts });
  const value = evaluate(`kubiya/${entrypoint}/decision`, input);
  assert.ok(isJsonObject(value), "no answer");
  const { reasons, obligations, paths, alerts, ...rest } = value;
  if (paths !== undefined) return { paths: texts(paths).toSorted() };
  if (Array.isArray(alerts)) {
    for (const { message } of alerts) assert.match(String(message), /^\S.{20,}\.$/);
    return { alerts: alerts.map(({ code, key }) => `${code} ${key}`).toSorted() };
  }
  assert.deepEqual(obligations, []);
  assert.ok(Array.isArray(reasons));
  for (const { message } of reasons) assert.match(String(message), /^[A-Z].{20,}\.$/);
  return { ...rest, codes: reasons.map(({ code }) => String(code)).toSorted() };
}

function texts(value: Json): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A copy in which these places have these values. */
function changed(document: JsonObject, places: JsonObject): JsonObject {
  return Object.entries(places).reduce((rest, [place, value]) => {
    const [head = "", ...tail] = place.split(".");
    const inner = rest[head];
    const next =
      tail.length === 0
        ? value
        : changed(isJsonObject(inner) ? inner : {}, { [tail.join(".")]: value });
    return { ...rest, [head]: next };
  }, document);
}

/** A copy without one place. */
function without(document: JsonObject, place: readonly string[]): JsonObject {
  const [head = "", ...tail] = place;
  const { [head]: inner, ...rest } = document;
  return tail.length === 0 || !isJsonObject(inner)
    ? rest
    : { ...rest, [head]: without(inner, tail) };
}

/** Every `NOW+n` as the time that it stands for. */
function timed(value: Json): Json {
  if (typeof value === "string") {
    const offset = /^NOW([+-]\d+)?$/.exec(value);
    return offset === null ? value : NOW + Number(offset[1] ?? 0);
  }
  if (Array.isArray(value)) return value.map(timed);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, timed(member)]));
}

function inputOf(one: Pick<Case, "base" | "set" | "unset">): JsonObject {
  const base = bases.inputs[one.base];
  assert.ok(base !== undefined, `no base is called ${one.base}`);
  const removed = (one.unset ?? []).reduce((rest, place) => without(rest, place.split(".")), base);
  const input = timed(changed(removed, one.set ?? {}));
  assert.ok(isJsonObject(input));
  return input;
}

let cases = 0;
for (const file of files) {
  const written: readonly Case[] = JSON.parse(await read(`${FOLDER}/${file}`));
  cases += written.length;
  test(`${file.replace(/\.json$/, "")}: ${written.length} cases`, async (context) => {
    for (const one of written) {
      await context.test(one.name, async () => {
        const facts = changed(baseFacts, one.facts ?? {});
        assert.deepEqual(await answer(one.entrypoint, inputOf(one), facts), one.expect);
      });
    }
  });
}

test("there are at least 150 cases, and no two of a file have one name", async () => {
  assert.ok(cases >= 150, `${cases} cases`);
  for (const file of files) {
    const names = JSON.parse(await read(`${FOLDER}/${file}`)).map(({ name }: Case) => name);
    assert.equal(new Set(names).size, names.length, file);
  }
});

/** Every place of a document, but not what stands in the caller's own words. */
function placesOf(
  document: JsonObject,
  above: readonly string[] = [],
): readonly (readonly string[])[] {
  return Object.entries(document).flatMap(([name, value]) => {
    const place = [...above, name];
    const deeper = isJsonObject(value) && name !== "arguments" && name !== "claims";
    return deeper ? [place, ...placesOf(value, place)] : [place];
  });
}

for (const [base, entrypoint] of [
  ["anonymous call", "call"],
  ["developer call", "call"],
  ["token call", "call"],
  ["session call", "call"],
  ["developer list", "list"],
  ["developer list", "admit"],
  ["developer reading", "read"],
  ["user makes a token", "manage"],
  ["operator makes a key", "manage"],
  ["operator freezes", "manage"],
] as const) {
  test(`${base}: ${entrypoint} allows with every field, and denies without any one of them`, async () => {
    const facts = base.startsWith("anonymous") ? { require_auth: false } : {};
    const { evaluate } = await openWith({ facts: changed(baseFacts, facts) });
    const allows = (input: JsonObject): unknown =>
      Object(evaluate(`kubiya/${entrypoint}/decision`, input)).allow;
    const whole = inputOf({ base });
    assert.equal(allows(whole), true);
    const places = placesOf(whole);
    assert.ok(places.length > 35);
    const allowed = places.filter((place) => allows(without(whole, place)) !== false);
    assert.deepEqual(allowed, []);
  });
}

test("without any one of the facts that a call reads, it is denied", async () => {
  const read = ["require_auth", "allowed_ips", "whitelist", "runners", "roles", "defaults"];
  for (const fact of read) {
    const { codes, allow } = await answer(
      "call",
      inputOf({ base: fact === "require_auth" ? "anonymous call" : "developer call" }),
      without(baseFacts, [fact]),
    );
    assert.equal(allow, false, fact);
    assert.notDeepEqual(codes, [], fact);
  }
});
