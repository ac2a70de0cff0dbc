// On the trust boundary: what an upstream presents, as a source. A tool is the one that was approved: while what
// the upstream presents is another one, people and models are shown the approved words, and policy is told.

import { digestOf } from "../../lib/digest.ts";
import { isJsonObject, type Json, type JsonObject } from "../../lib/json.ts";
import { createCheckArguments } from "../arguments.ts";
import { HERE } from "../here.ts";
import { type Callable, createPlanCall } from "../plan-call.ts";
import type { Source, Tool } from "../types.ts";
import { judgeable, promisable } from "./judgeable.ts";
import { createUpstreamLibrary } from "./library.ts";
import type { PresentedTool } from "./presented.ts";
import type { Presented, Upstream } from "./types.ts";

/** What the source of an upstream is made of. */
export interface UpstreamSourceParts {
  readonly upstream: Upstream;
  /** Null where it has not presented itself to this process yet. */
  readonly presented: Presented | null;
  /** Its tools, by their names in the catalogue. */
  readonly tools: ReadonlyMap<string, PresentedTool>;
  /** What was approved of a tool; null where nothing was. */
  readonly approved: (name: string) => JsonObject | null;
  /** The permissions that a call of any of its tools needs. */
  readonly requires: readonly string[];
}

interface Offered extends Callable {
  readonly own: string;
}

/** The tools, resources and prompts of an upstream. */
export function createUpstreamSource(parts: UpstreamSourceParts): Source {
  const { upstream, presented } = parts;
  const offered = offers(parts);
  return {
    catalogue: new Map([...offered].map(([name, { tool }]) => [name, tool])),
    plan: createPlanCall(offered),
    run: async (permit, running, resumed) => {
      const {
        tool: { name, digest },
        arguments: args,
      } = permit.subject;
      const found = offered.get(name);
      if (found === undefined) throw new TypeError("nothing was run: this is another source's");
      return upstream.call(
        permit,
        { tool: found.own, digest, arguments: args },
        { running, resumed },
      );
    },
    library: createUpstreamLibrary(upstream, presented),
  };
}

function offers(parts: UpstreamSourceParts): ReadonlyMap<string, Offered> {
  const { upstream, approved, requires, tools } = parts;
  const offered = [...tools].flatMap(
    ([name, { own, definition }]): readonly [string, Offered][] => {
      const shown = approved(name);
      // Words that nobody approved are shown to nobody.
      if (shown === null) return [];
      const digest = digestOf(definition);
      const { description, inputSchema, outputSchema, title, annotations } = shown;
      const schema = isJsonObject(inputSchema) ? inputSchema : {};
      const tool: Tool = {
        name,
        description: typeof description === "string" ? description : "",
        source: "upstream",
        origin: upstream.name,
        type: "mcp",
        image: null,
        digest,
        approved: digestOf(shown) === digest,
        requires,
        runner: HERE,
        inputSchema: { ...schema, type: "object" },
        presentation: {
          ...(typeof title === "string" && { title }),
          ...(isJsonObject(annotations) && { annotations }),
          ...(promises(outputSchema) && { outputSchema: promisable(outputSchema) }),
        },
      };
      return [[name, { tool, own, check: createCheckArguments(judgeable(schema)) }]];
    },
  );
  return new Map(offered);
}

/** Whether it says what its output looks like: what is no object is not passed on. */
function promises(schema: Json | undefined): schema is JsonObject {
  return isJsonObject(schema) && schema["type"] === "object";
}
