// On the trust boundary: reads what an upstream has. It may list without end, and list anything: numbers, sizes
// and depths are bounded, and what has not the form of what it should be is left out, and named in the log.

import { type Client, ProtocolError } from "@modelcontextprotocol/client";
import { isJsonList, isJsonObject, type JsonObject } from "../../../lib/json.ts";
import type { UpstreamLimits } from "../limits.ts";
import { ANY_OBJECT, isWithinDepth } from "../taken.ts";
import type { Presented } from "../types.ts";
import { TooMuch } from "./told.ts";

/** What was read, and what of it is no use: how many of which kind. */
export interface Listing {
  readonly presented: Presented;
  readonly leftOut: readonly string[];
  /** For how long it may be relied on. */
  readonly ageMs: number;
}

/** How one kind of things is listed. */
interface Kind {
  readonly method: string;
  readonly member: string;
  /** What it is called by, and whether that is short enough to be of use. */
  readonly key: string;
  readonly isShort: (called: string) => boolean;
  /** How many of it are of use. */
  readonly most: number;
}

const ANY = { isShort: (called: string) => called.length <= 2_048, most: Infinity };
const TOOLS: Kind = { method: "tools/list", member: "tools", key: "name", ...ANY };
const RESOURCES: Kind = { method: "resources/list", member: "resources", key: "uri", ...ANY };
/**
 * Every one may be compared with a URI before anybody is asked who may read it: what that costs is bounded here, for
 * characters and for expressions.
 */
const TEMPLATES: Kind = {
  method: "resources/templates/list",
  member: "resourceTemplates",
  key: "uriTemplate",
  isShort: (called) => called.length <= 256 && called.split("{").length <= 9,
  most: 100,
};
const PROMPTS: Kind = { method: "prompts/list", member: "prompts", key: "name", ...ANY };

/** Reads all that it says it has, every kind at once. Throws `TooMuch`, and what the library throws. */
export async function readListing(
  client: Client,
  limits: UpstreamLimits,
  signal: AbortSignal,
): Promise<Listing> {
  const { tools, resources, prompts, completions } = client.getServerCapabilities() ?? {};
  const announces = [tools, resources, prompts].every(
    (kind) => kind === undefined || kind.listChanged === true,
  );
  let ageMs = announces ? limits.announcedAgeMs : limits.silentAgeMs;
  const hold = (ttlMs: number): void => {
    ageMs = Math.max(limits.leastAgeMs, Math.min(ageMs, ttlMs));
  };
  const read = async (offered: object | undefined, kind: Kind): Promise<readonly JsonObject[]> =>
    offered === undefined ? [] : itemsOf(client, kind, { limits, signal, hold });
  const lists = await Promise.all([
    read(tools, TOOLS),
    read(resources, RESOURCES),
    // Who has resources need not know templates of them, and says so; who does not answer may have some.
    read(resources, TEMPLATES).catch((thrown: unknown) => {
      if (thrown instanceof ProtocolError) return [];
      throw thrown;
    }),
    read(prompts, PROMPTS),
  ]);
  const kinds = [TOOLS, RESOURCES, TEMPLATES, PROMPTS];
  const usable = lists.map((items, at) => usableOf(items, kinds[at] ?? TOOLS));
  const [hasTools = [], hasResources = [], hasTemplates = [], hasPrompts = []] = usable;
  return {
    presented: {
      tools: hasTools,
      resources: hasResources,
      templates: hasTemplates,
      prompts: hasPrompts,
      offers: {
        resources: resources !== undefined,
        prompts: prompts !== undefined,
        completions: completions !== undefined,
      },
    },
    leftOut: lists.flatMap((items, at) => {
      const missing = items.length - (usable[at]?.length ?? 0);
      return missing === 0 ? [] : [`${missing} of ${kinds[at]?.member ?? ""}`];
    }),
    ageMs,
  };
}

/** How a list is read. */
interface Reading {
  readonly limits: UpstreamLimits;
  readonly signal: AbortSignal;
  /** Hears for how long it holds, as the upstream says of each page. */
  readonly hold: (ttlMs: number) => void;
}

async function itemsOf(
  client: Client,
  { method, member }: Kind,
  { limits, signal, hold }: Reading,
): Promise<readonly JsonObject[]> {
  const { maxItems, maxPages, maxListBytes, connectMs: timeout } = limits;
  const items: JsonObject[] = [];
  let bytes = 0;
  let params: { readonly cursor?: string } = {};
  for (let page = 0; page < maxPages; page += 1) {
    // One page after the other: each says where the next one is.
    const answer = await client.request({ method, params }, ANY_OBJECT, { timeout, signal });
    const { [member]: listed, nextCursor, ttlMs } = answer;
    if (typeof ttlMs === "number") hold(ttlMs);
    if (!isWithinDepth(listed, limits.maxDepth)) {
      throw new TooMuch(`lists ${member} with more than ${limits.maxDepth} levels`);
    }
    for (const item of isJsonList(listed) ? listed : []) if (isJsonObject(item)) items.push(item);
    bytes += JSON.stringify(listed ?? null).length;
    if (items.length > maxItems) throw new TooMuch(`lists more than ${maxItems} ${member}`);
    if (bytes > maxListBytes) {
      throw new TooMuch(`lists ${member} of more than ${maxListBytes} bytes`);
    }
    if (typeof nextCursor !== "string" || nextCursor === "") return items;
    params = { cursor: nextCursor };
  }
  throw new TooMuch(`lists ${member} on more than ${maxPages} pages`);
}

/** The first that have the form of what they should be, and of these the first of each name. */
function usableOf(items: readonly JsonObject[], kind: Kind): readonly JsonObject[] {
  const { key, member, isShort, most } = kind;
  const seen = new Set<string>();
  const usable = items.filter((item) => {
    const called = item[key];
    if (typeof called !== "string" || called === "" || !isShort(called)) return false;
    if (seen.has(called)) return false;
    seen.add(called);
    const schema = item["inputSchema"];
    return member !== TOOLS.member || (isJsonObject(schema) && schema["type"] === "object");
  });
  return usable.slice(0, most);
}
