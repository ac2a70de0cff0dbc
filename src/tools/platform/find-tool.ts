// On the trust boundary: looks a tool up in the sources that the cloud has. It asks for lists alone: no argument
// of a caller's leaves this server.

import type { Asking, CloudItem, CloudTool, Kubiya, KubiyaFailure } from "../../kubiya/types.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import type { ToolFailure } from "../types.ts";
import { hiddenFailure } from "../said.ts";
import { text } from "./arguments.ts";
import type { StartingParts } from "./starting-types.ts";
import type { CloudAnswerFailure } from "./types.ts";

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

/** Where is looked, and until when. */
interface Looking extends Asking {
  /** The id, the name or the address of a source; null: all of them. */
  readonly source: string | null;
}

/** The tools that sources have, read once. */
export type ReadTools = () => Promise<Outcome<readonly FoundTool[], ToolFailure>>;

/** Reads the tools of one source, or of all, when they are first asked for. */
export function createReadTools(
  { kubiya, said }: Pick<StartingParts, "kubiya" | "said">,
  looking: Looking,
): ReadTools {
  let read: ReturnType<ReadTools> | null = null;
  return () => (read ??= readShown());

  async function readShown(): ReturnType<ReadTools> {
    const tools = await readAll(kubiya, looking);
    return tools.ok ? tools : failed(hiddenFailure(tools.failure, said));
  }
}

/** The one tool of this name; null where no source has it. */
export async function findTool(
  readTools: ReadTools,
  name: string,
): Promise<Outcome<FoundTool | null, ToolFailure>> {
  const tools = await readTools();
  if (!tools.ok) return tools;
  const found = tools.value.filter(({ definition }) => definition.name === name);
  if (found.length > 1) {
    return unclear("tool_name", "several tools are called so: use execute_tool_from_source");
  }
  return done(found[0] ?? null);
}

/** The one source of this id, name or address, or all of them. */
export async function readSources(
  kubiya: Pick<Kubiya, "sources">,
  source: string | null,
  asking: Asking,
): Promise<Outcome<readonly CloudItem[], CloudAnswerFailure>> {
  const listed = await kubiya.sources(asking);
  if (!listed.ok || source === null) return listed;
  const found = listed.value.filter((one) => isCalled(one, source));
  if (found.length === 1) return done(found);
  const detail = found.length === 0 ? "the cloud has no such source" : "several are called so";
  return unclear("source", `${detail}: use an id of list_sources`);
}

async function readAll(
  kubiya: Pick<Kubiya, "sources" | "sourceTools">,
  { source, signal }: Looking,
): Promise<Outcome<readonly FoundTool[], CloudAnswerFailure>> {
  const asking = { signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]) };
  const listed = await readSources(kubiya, source, asking);
  if (!listed.ok) return listed;
  const sources = listed.value;
  if (sources.length > MAX_SOURCES) {
    return unclear("tool_name", "the cloud has too many sources: use execute_tool_from_source");
  }
  const found: FoundTool[] = [];
  for (let at = 0; at < sources.length; at += AT_ONCE) {
    const some = sources.slice(at, at + AT_ONCE).map(async (one) => toolsOf(kubiya, one, asking));
    for (const tools of await Promise.all(some)) {
      if (!tools.ok) return tools;
      found.push(...tools.value);
    }
  }
  return done(found);
}

async function toolsOf(
  kubiya: Pick<Kubiya, "sourceTools">,
  { uuid }: CloudItem,
  asking: Asking,
): Promise<Outcome<readonly FoundTool[], KubiyaFailure>> {
  if (typeof uuid !== "string") return done([]);
  const tools = await kubiya.sourceTools(uuid, asking);
  if (!tools.ok) return tools;
  return done(tools.value.tools.map((definition) => ({ source: uuid, definition })));
}

function isCalled(source: CloudItem, wanted: string): boolean {
  return ["uuid", "name", "url"].some((field) => text(source, field) === wanted);
}

function unclear(field: string, detail: string): Outcome<never, CloudAnswerFailure> {
  return failed({ reason: "not_preparable", field, detail });
}
