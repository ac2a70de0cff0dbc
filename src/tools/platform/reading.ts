import type { CloudItem, KubiyaFailure } from "../../kubiya/types.ts";
import type { Json } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import { text, textArgument } from "./arguments.ts";
import { readSources } from "./find-tool.ts";
import type { CloudAnswer, CloudQuestion, PlatformTool } from "./types.ts";

const RUNNER_NAME = textArgument("The runner, as list_runners names it.");
const QUERY = textArgument("Words to look for, in names and descriptions.");

/** Runners that `auto` stands for, in this order, before any other. */
const PREFERRED = ["kubiya-hosted", "kubiya-hosted-1", "kubiya-cloud"];
/** So many sources or runners are asked one by one for one call. */
const MAX_ASKED = 30;

/** What looks something up on the platform. */
export const READING_TOOLS: readonly PlatformTool[] = [
  list("list_runners", "Lists the runners.", ({ kubiya, running }) => kubiya.runners(running)),
  list("list_agents", "Lists the agents.", ({ kubiya, running }) => kubiya.agents(running)),
  list("list_sources", "Lists the sources of tools.", ({ kubiya, running }) =>
    kubiya.sources(running),
  ),
  list("list_integrations", "Lists the integrations.", ({ kubiya, running }) =>
    kubiya.integrations(running),
  ),
  list("list_secrets", "Lists the names of secrets; their values are never read.", (question) =>
    question.kubiya.secrets(question.running),
  ),
  list("list_kb", "Lists the entries of the knowledge base.", ({ kubiya, running }) =>
    kubiya.knowledge({ query: null, limit: null }, running),
  ),
  {
    ...list("search_kb", "Looks for words in the knowledge base.", ({ kubiya, args, running }) =>
      kubiya.knowledge({ query: text(args, "query"), limit: null }, running),
    ),
    ...{ args: { query: QUERY }, required: ["query"] },
  },
  {
    name: "get_kb",
    description: "Reads an entry of the knowledge base.",
    ...{ args: { id: textArgument("Its id.") }, required: ["id"], pages: "whole" },
    ask: ({ kubiya, args, running }) => one(kubiya.knowledgeItem(text(args, "id"), running)),
  },
  {
    name: "search_tools",
    description: "Looks for tools in the sources.",
    args: { query: QUERY, source: textArgument("One alone: its id, its name or its address.") },
    ...{ required: ["query"], pages: "pages", ask: searchTools },
  },
  {
    name: "check_runner_health",
    description: "Says whether a runner is healthy.",
    ...{ args: { runner_name: RUNNER_NAME }, required: ["runner_name"], pages: "whole" },
    ask: async ({ kubiya, args, running }) => {
      const health = await kubiya.runnerHealth(text(args, "runner_name"), running);
      return health.ok ? done({ kind: "one", value: { ...health.value } }) : health;
    },
  },
  {
    name: "find_available_runner",
    description: "Names a runner that is healthy now.",
    ...{ args: {}, required: [], pages: "whole", ask: findRunner },
  },
];

function list(
  name: string,
  description: string,
  items: (question: CloudQuestion) => Promise<Outcome<readonly Json[], KubiyaFailure>>,
): PlatformTool {
  return {
    ...{ name, description, args: {}, required: [], pages: "pages" },
    ask: async (question) => {
      const found = await items(question);
      return found.ok ? done({ kind: "items", items: found.value }) : found;
    },
  };
}

type Asked = ReturnType<PlatformTool["ask"]>;

async function one(
  asked: Promise<Outcome<CloudItem, KubiyaFailure>>,
): Promise<Outcome<CloudAnswer, KubiyaFailure>> {
  const found = await asked;
  return found.ok ? done({ kind: "one", value: found.value }) : found;
}

async function searchTools({ kubiya, args, running }: CloudQuestion): Asked {
  const words = text(args, "query").toLowerCase();
  const sources = await readSources(kubiya, text(args, "source") || null, running);
  if (!sources.ok) return sources;
  const found: Json[] = [];
  for (const { uuid, name } of sources.value.slice(0, MAX_ASKED)) {
    if (typeof uuid !== "string") continue;
    const tools = await kubiya.sourceTools(uuid, running);
    if (!tools.ok) return tools;
    for (const tool of tools.value.tools) {
      const description = text(tool, "description");
      const said = `${tool.name}\n${description}`.toLowerCase();
      if (said.includes(words)) found.push({ name: tool.name, description, source: name ?? uuid });
    }
  }
  const left = cut(sources.value, {
    what: "sources were not searched",
    mend: "name one of list_sources as `source`",
  });
  return done({ kind: "items", items: found, ...left });
}

async function findRunner({ kubiya, running }: CloudQuestion): Asked {
  const runners = await kubiya.runners(running);
  if (!runners.ok) return runners;
  const rank = (name: string): number => PREFERRED.indexOf(name) + 1 || PREFERRED.length + 1;
  const inOrder = runners.value.map(({ name }) => name).toSorted((a, b) => rank(a) - rank(b));
  for (const name of inOrder.slice(0, MAX_ASKED)) {
    const health = await kubiya.runnerHealth(name, running);
    if (health.ok && health.value.healthy) return done({ kind: "one", value: { name } });
    if (running.signal.aborted) return failed({ reason: "cancelled", stderr: "" });
  }
  const left = cut(inOrder, {
    what: "runners were not asked",
    mend: "ask check_runner_health about another one of list_runners",
  });
  return done({ kind: "one", value: { name: null, ...left } });
}

/** What was left out of an answer, where more were there than are asked. */
function cut(
  { length }: readonly unknown[],
  { what, mend }: { readonly what: string; readonly mend: string },
): { readonly incomplete?: string } {
  if (length <= MAX_ASKED) return {};
  return { incomplete: `${length - MAX_ASKED} of ${length} ${what}: ${mend}` };
}
