// On the trust boundary: the resources and prompts of an upstream. Prompts are known as `name_prompt`, as tools
// are; a resource keeps its URI. Whether somebody may read them is not asked here.

import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { hidesText } from "../presented.ts";
import type { Library, Reading } from "../library.ts";
import { mayExpandTo } from "./template.ts";
import type { Presented, Upstream } from "./types.ts";

/** What an upstream has besides tools. */
export function createUpstreamLibrary(upstream: Upstream, presented: Presented): Library {
  const { offers } = presented;
  const readable = (items: readonly JsonObject[]): readonly JsonObject[] =>
    items.filter((item) => !hidesText(item));
  const [resources, templates] = [readable(presented.resources), readable(presented.templates)];
  const prompts = readable(presented.prompts).map((prompt) => ({
    ...prompt,
    name: known(upstream, prompt["name"]),
  }));
  const names = new Set<unknown>(prompts.map(({ name }) => name));
  const uris = new Set<unknown>(resources.map(({ uri }) => uri));
  const patterns = new Set<unknown>(templates.map(({ uriTemplate }) => uriTemplate));
  return {
    offers: { ...offers, subscriptions: false, logging: false },
    ...{ resources, templates, prompts },
    has: ({ action, name }) => {
      switch (action) {
        case "prompts/get":
          return names.has(name);
        case "completion/complete":
          return offers.completions && (names.has(name) || patterns.has(name));
        case "resources/read":
          return uris.has(name) || [...patterns].some((one) => mayExpandTo(String(one), name));
        case "resources/subscribe":
        case "resources/unsubscribe":
          return false;
      }
    },
    read: (permit, running) => upstream.read(permit, ownOf(upstream, permit.subject), running),
  };
}

function known({ name }: Upstream, own: unknown): string {
  return `${name}_${String(own)}`;
}

/** The reading by the upstream's own name of it: its prompts have another here. */
function ownOf({ name: origin }: Upstream, { action, name, arguments: args }: Reading): Reading {
  const { ref } = args;
  const ofPrompt = action === "prompts/get" || (isJsonObject(ref) && ref["type"] === "ref/prompt");
  if (!ofPrompt) return { action, name, arguments: args };
  const own = name.slice(`${origin}_`.length);
  const named = ref === undefined ? { name: own } : { ref: { type: "ref/prompt", name: own } };
  return { action, name: own, arguments: { ...args, ...named } };
}
