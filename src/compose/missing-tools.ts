import type { World } from "../facts/types.ts";
import { isNamedAfter } from "../lib/named-after.ts";
import type { Reading } from "../tools/types.ts";
import { asksCloud } from "./cloud.ts";

/** Names of the whitelist that are no tool's, resource's or prompt's here. */
export interface MissingTools {
  /** Nothing has them. */
  readonly nowhere: readonly string[];
  /** An upstream that has not said what it has may have them, or the cloud. */
  readonly untold: readonly string[];
}

/** What the protocol calls a URI, or a template of some. */
const URI = /^[a-z][a-z0-9+.-]*:|\{/i;

/** Sorts out the names that nothing offers: what cannot be known is not judged. */
export function missingTools({ config, toolbox, facts }: World): MissingTools {
  const { catalogue, library } = toolbox;
  const { mcpServers, mcpServerNames } = config;
  const unread = mcpServers.map(({ name }) => name).filter((one) => !library.known.includes(one));
  const cloud = asksCloud(config);
  const names = Object.keys(facts.whitelist ?? {}).filter((name) => !isOffered(name));
  return {
    nowhere: names.filter((name) => !mayBeThere(name)),
    untold: names.filter(mayBeThere),
  };

  function isOffered(name: string): boolean {
    return catalogue.has(name) || readingsOf(name).some(isThere);
  }

  /** What two upstreams list is told of as such. */
  function isThere(reading: Reading): boolean {
    const owner = library.originOf(reading);
    return owner.ok || owner.failure === "contested";
  }

  /** No tool of the cloud is called like an upstream's, also while that one is off. */
  function mayBeThere(name: string): boolean {
    if (URI.test(name)) return unread.length > 0;
    const owner = mcpServerNames.find((one) => isNamedAfter(one, name));
    return owner === undefined ? cloud : unread.some((one) => isNamedAfter(one, name));
  }
}

function readingsOf(name: string): readonly Reading[] {
  return [
    { action: "resources/read", name, arguments: { uri: name } },
    { action: "prompts/get", name, arguments: { name } },
  ];
}
