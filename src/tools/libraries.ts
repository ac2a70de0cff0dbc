// On the trust boundary: what sources have besides tools, as one. A source writes its URIs and templates itself, so
// what two of them claim is nobody's, and no template takes what another source lists. A reading is asked of the
// source that it was decided for, never of another.

import type { JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { assertMinted } from "../lib/permit.ts";
import { isOfPrompt, type Libraries, type Library, type Ownerless } from "./library.ts";
import type { Offers, Reading } from "./types.ts";

/** Joins what sources have; none is asked anything. */
export function joinLibraries(libraries: readonly Library[]): Libraries {
  const some = (offered: keyof Offers): boolean => libraries.some(({ offers }) => offers[offered]);
  const resources = inMoreThanOne(libraries, urisOf);
  const prompts = inMoreThanOne(libraries, (one) => one.prompts.map(({ name }) => name));

  return {
    offers: {
      resources: some("resources"),
      subscriptions: some("subscriptions"),
      prompts: some("prompts"),
      completions: some("completions"),
      logging: some("logging"),
    },
    resources: all(({ resources: own }) => own).filter(({ uri }) => !resources.has(uri)),
    templates: all(({ templates: own }) => own).filter(
      ({ uriTemplate }) => !resources.has(uriTemplate),
    ),
    prompts: all(({ prompts: own }) => own).filter(({ name }) => !prompts.has(name)),
    known: libraries.filter(({ isKnown }) => isKnown).map(({ origin }) => origin),
    contested: [...resources, ...prompts].map(([name, origins]) => ({
      name: String(name),
      origins,
    })),
    originOf: (reading) => {
      const owner = ownerOf(reading);
      return owner.ok ? done(owner.value.origin) : owner;
    },
    read: async (permit, running, resumed) => {
      assertMinted(permit);
      const { subject } = permit;
      const owner = ownerOf(subject);
      if (owner.ok && owner.value.origin === subject.origin) {
        return owner.value.read(permit, running, resumed);
      }
      const detail = "the server that it was decided for has it no more; ask for the list again";
      return failed({ reason: "not_preparable", field: subject.name, detail });
    },
  };

  function all(shelf: (library: Library) => readonly JsonObject[]): readonly JsonObject[] {
    return libraries.flatMap(shelf);
  }

  function ownerOf(reading: Reading): Outcome<Library, Ownerless> {
    if ((isOfPrompt(reading) ? prompts : resources).has(reading.name)) return failed("contested");
    const listing = libraries.filter(({ lists }) => lists(reading));
    const claiming =
      listing.length > 0 ? listing : libraries.filter(({ expandsTo }) => expandsTo(reading));
    const [owner, other] = claiming;
    if (owner === undefined) return failed("not_there");
    return other === undefined ? done(owner) : failed("contested");
  }
}

/** A URI and a template are known by their text alone. */
function urisOf({ resources, templates }: Library): readonly unknown[] {
  return [...resources.map(({ uri }) => uri), ...templates.map(({ uriTemplate }) => uriTemplate)];
}

/** What more than one of them has there, and which ones do. */
function inMoreThanOne(
  libraries: readonly Library[],
  has: (library: Library) => readonly unknown[],
): ReadonlyMap<unknown, readonly string[]> {
  const origins = new Map<unknown, readonly string[]>();
  for (const library of libraries) {
    for (const one of new Set(has(library))) {
      origins.set(one, [...(origins.get(one) ?? []), library.origin]);
    }
  }
  return new Map([...origins].filter(([, all]) => all.length > 1));
}
