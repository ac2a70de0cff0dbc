// On the trust boundary: looks a tool up in the sources that the cloud has. It asks for lists alone: no argument
// of a caller's leaves this server.

import type { CloudItem, CloudTool, Kubiya, KubiyaFailure } from "../../kubiya/types.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import type { ToolFailure } from "../types.ts";
import { text } from "./arguments.ts";

/** A tool of the cloud, and the source that has it. */
export interface FoundTool {
  /** The id of the source. */
  readonly source: string;
  readonly definition: CloudTool;
}

const MAX_SOURCES = 40;
const AT_ONCE = 8;
/** All that looking may take. */
const LOOK_MS = 30_000;

/** Finds the one tool of this name; null where no source has it. `source`: an id, a name or an address; null: any. */
export async function findTool(
  kubiya: Pick<Kubiya, "sources" | "sourceTools">,
  { name, source }: { readonly name: string; readonly source: string | null },
): Promise<Outcome<FoundTool | null, ToolFailure>> {
  const asking = { signal: AbortSignal.timeout(LOOK_MS) };
  const listed = await kubiya.sources(asking);
  if (!listed.ok) return listed;
  const sources = listed.value.filter((one) => source === null || isCalled(one, source));
  if (source !== null && sources.length !== 1) {
    const detail = sources.length === 0 ? "the cloud has no such source" : "several are called so";
    return unclear("source", `${detail}: use an id of list_sources`);
  }
  if (sources.length > MAX_SOURCES) {
    return unclear("tool_name", "the cloud has too many sources: use execute_tool_from_source");
  }
  const found: FoundTool[] = [];
  for (let at = 0; at < sources.length; at += AT_ONCE) {
    const some = sources.slice(at, at + AT_ONCE).map(async (one) => inSource(one, name));
    for (const tools of await Promise.all(some)) {
      if (!tools.ok) return tools;
      found.push(...tools.value);
    }
  }
  if (found.length > 1) {
    return unclear("tool_name", "several tools are called so: use execute_tool_from_source");
  }
  return done(found[0] ?? null);

  async function inSource(
    { uuid }: CloudItem,
    wanted: string,
  ): Promise<Outcome<readonly FoundTool[], KubiyaFailure>> {
    if (typeof uuid !== "string") return done([]);
    const tools = await kubiya.sourceTools(uuid, asking);
    if (!tools.ok) return tools;
    const called = tools.value.tools.filter((tool) => tool.name === wanted);
    return done(called.map((definition) => ({ source: uuid, definition })));
  }
}

function isCalled(source: CloudItem, wanted: string): boolean {
  return ["uuid", "name", "url"].some((field) => text(source, field) === wanted);
}

function unclear(field: string, detail: string): Outcome<never, ToolFailure> {
  return failed({ reason: "not_preparable", field, detail });
}
