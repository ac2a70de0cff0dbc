// On the trust boundary: the resources and prompts of an upstream. Prompts are known as `name_prompt`, as tools
// are; a resource keeps its URI. Whether somebody may read them is not asked here. Their words are shown as they are
// presented: unlike tools' they are not held back until somebody approves them (docs/reviewer.md says what follows).

import type { JsonObject } from "../../lib/json.ts";
import { nameAfter, ownName } from "../../lib/named-after.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import { isOfPrompt, type Library, type PlacedReading, type Reading } from "../library.ts";
import type { NotPreparable } from "../result.ts";
import { isCanonicalUri } from "./canonical-uri.ts";
import { hidesText } from "./presented.ts";
import { mayExpandTo } from "./template.ts";
import type { Presented, Upstream } from "./types.ts";

/**
 * Of a URI that a template may stand for, in characters: it is looked for before anybody is asked who may read it, and
 * with at most 100 templates of 8 expressions (listing.ts), so at most 4 million characters are looked at.
 */
const LONGEST = 2_048;

/** A client that comes before it is told once what is offered: it may turn out to have anything. */
const UNKNOWN: Presented = {
  ...{ tools: [], resources: [], templates: [], prompts: [] },
  offers: { resources: true, prompts: true, completions: true },
};

type Shelves = Omit<Library, "origin" | "isKnown" | "read">;

/** What an upstream has besides tools; null where it has not presented itself to this process yet. */
export function createUpstreamLibrary(upstream: Upstream, said: Presented | null): Library {
  const { name: origin } = upstream;
  const presented = said ?? UNKNOWN;
  const shelves = shelvesOf(origin, presented);
  return {
    origin,
    isKnown: said !== null,
    ...shelves,
    read: (permit, running, resumed) => {
      const { subject } = permit;
      const check = (now: Presented): Outcome<void, NotPreparable> => {
        const { lists, expandsTo } = now === presented ? shelves : shelvesOf(origin, now);
        if (lists(subject) || expandsTo(subject)) return done(undefined);
        const detail = "its server has it no more; ask for the list again";
        return failed({ reason: "not_preparable", field: subject.name, detail });
      };
      return upstream.read(
        permit,
        { reading: ownOf(origin, subject), check },
        { running, resumed },
      );
    },
  };
}

function shelvesOf(origin: string, presented: Presented): Shelves {
  const { offers } = presented;
  const readable = (items: readonly JsonObject[]): readonly JsonObject[] =>
    items.filter((item) => !hidesText(item));
  const [resources, templates] = [readable(presented.resources), readable(presented.templates)];
  const prompts = readable(presented.prompts).flatMap((prompt) => {
    const { name: own } = prompt;
    return typeof own === "string" ? [{ ...prompt, name: nameAfter(origin, own) }] : [];
  });
  const names = new Set<unknown>(prompts.map(({ name }) => name));
  const uris = new Set<unknown>(resources.map(({ uri }) => uri));
  const patterns = new Set<unknown>(templates.map(({ uriTemplate }) => uriTemplate));
  return {
    offers: { ...offers, subscriptions: false, logging: false },
    ...{ resources, templates, prompts },
    lists: (reading) => {
      const { action, name } = reading;
      switch (action) {
        case "prompts/get":
          return names.has(name);
        case "completion/complete":
          return offers.completions && (isOfPrompt(reading) ? names : patterns).has(name);
        case "resources/read":
          return uris.has(name) || patterns.has(name);
        case "resources/subscribe":
        case "resources/unsubscribe":
          return false;
      }
    },
    expandsTo: ({ action, name }) =>
      action === "resources/read" &&
      name.length <= LONGEST &&
      isCanonicalUri(name) &&
      [...patterns].some((one) => mayExpandTo(String(one), name)),
  };
}

/** The reading by the upstream's own name of it: its prompts have another here. */
function ownOf(origin: string, reading: PlacedReading): Reading {
  const { action, name, arguments: args } = reading;
  if (!isOfPrompt(reading)) return { action, name, arguments: args };
  const own = ownName(origin, name);
  const named =
    args["ref"] === undefined ? { name: own } : { ref: { type: "ref/prompt", name: own } };
  return { action, name: own, arguments: { ...args, ...named } };
}
