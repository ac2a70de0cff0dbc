import type { KubiyaFailure } from "../../kubiya/types.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import { text, textArgument } from "./arguments.ts";
import { AGENT_SETTINGS, INTEGRATION_SETTINGS, SOURCE_SETTINGS } from "./settings.ts";
import type { CloudQuestion, PlatformTool } from "./types.ts";

const AGENT = textArgument("The agent: its name, or its id.");
const NAME = textArgument("Its name.");
const RUNNER = textArgument("The runner that reads it: `auto`, `default`, or a name.");
const DESCRIPTION = textArgument("What it is for.");

/** What does something on the platform. Each is sent once. */
export const ACTING_TOOLS: readonly PlatformTool[] = [
  {
    ...act("chat_with_agent", "Says something to an agent, and gives its answer."),
    ...{ args: { agent_name: AGENT, message: textArgument("What to say.") } },
    required: ["agent_name", "message"],
    ask: chat,
  },
  {
    ...act("create_runner", "Makes a runner; the answer says where its manifest is."),
    ...{ args: { runner_name: NAME }, required: ["runner_name"] },
    ask: ({ kubiya, args, running }) =>
      made(kubiya.createRunner(text(args, "runner_name"), running)),
  },
  {
    ...act("delete_runner", "Removes a runner."),
    ...{ args: { runner_name: NAME }, required: ["runner_name"] },
    ask: ({ kubiya, args, running }) =>
      removed(text(args, "runner_name"), kubiya.deleteRunner(text(args, "runner_name"), running)),
  },
  {
    ...act("create_agent", "Makes an agent."),
    args: { name: NAME, description: DESCRIPTION, settings: AGENT_SETTINGS },
    required: ["name"],
    ask: ({ kubiya, args, running }) => made(kubiya.createAgent(withSettings(args), running)),
  },
  {
    ...act("update_agent", "Changes an agent."),
    args: { agent_name: AGENT, settings: AGENT_SETTINGS },
    required: ["agent_name", "settings"],
    ask: (question) =>
      withAgent(question, (id) =>
        made(question.kubiya.updateAgent(id, settingsIn(question.args), question.running)),
      ),
  },
  {
    ...act("delete_agent", "Removes an agent."),
    ...{ args: { agent_name: AGENT }, required: ["agent_name"] },
    ask: (question) =>
      withAgent(question, (id) => removed(id, question.kubiya.deleteAgent(id, question.running))),
  },
  {
    ...act("create_source", "Adds a source of tools."),
    args: { name: NAME, url: textArgument("Where it is."), settings: SOURCE_SETTINGS },
    required: ["url"],
    ask: ({ kubiya, args, running }) => made(kubiya.createSource(withSettings(args), running)),
  },
  {
    ...act("discover_source", "Says which tools a source would offer, without adding it."),
    args: { url: textArgument("Where it is."), runner: RUNNER },
    required: ["url"],
    ask: async ({ kubiya, args, runner, running }) => {
      const source = { url: text(args, "url"), runner: runner.name };
      const found = await kubiya.discoverSource(source, running);
      return found.ok ? done({ kind: "items", items: found.value.tools }) : found;
    },
    pages: "pages",
  },
  {
    ...act("create_integration", "Adds an integration."),
    args: { name: NAME, settings: INTEGRATION_SETTINGS },
    required: ["name"],
    ask: ({ kubiya, args, running }) => made(kubiya.createIntegration(withSettings(args), running)),
  },
];

function act(
  name: string,
  description: string,
): Pick<PlatformTool, "name" | "description" | "pages"> {
  return { name, description, pages: "whole" };
}

function settingsIn({ settings }: JsonObject): JsonObject {
  return isJsonObject(settings) ? settings : {};
}

/** What has a name of its own is what it says, whatever else stands in the settings. */
function withSettings({ settings = {}, ...own }: JsonObject): JsonObject {
  return { ...settingsIn({ settings }), ...own };
}

type Asked = ReturnType<PlatformTool["ask"]>;

async function made(asked: Promise<Outcome<JsonObject, KubiyaFailure>>): Asked {
  const answer = await asked;
  return answer.ok ? done({ kind: "one", value: answer.value }) : answer;
}

async function removed(what: string, asked: Promise<Outcome<void, KubiyaFailure>>): Asked {
  const answer = await asked;
  return answer.ok ? done({ kind: "one", value: { removed: what } }) : answer;
}

async function chat(question: CloudQuestion): Asked {
  const { kubiya, args, running, onText, maxBytes, timeoutMs } = question;
  return withAgent(question, async (agent) => {
    const signal = AbortSignal.any([running.signal, AbortSignal.timeout(timeoutMs)]);
    const answer = await kubiya.chat(
      { agent, message: text(args, "message"), session: null },
      { signal, maxBytes, timeoutMs, onNews: ({ text: piece }) => onText(piece) },
    );
    if (answer.ok) return done({ kind: "run", run: answer.value });
    const isLate = answer.failure.reason === "cancelled" && !running.signal.aborted;
    return isLate ? failed({ reason: "timed_out", afterMs: timeoutMs, stderr: "" }) : answer;
  });
}

/** Agents are known by their names, which people say, and by their ids, which the cloud asks for. */
async function withAgent(
  { kubiya, args, running }: CloudQuestion,
  work: (id: string) => Asked,
): Asked {
  const wanted = text(args, "agent_name");
  const agents = await kubiya.agents(running);
  if (!agents.ok) return agents;
  const found = agents.value.filter(({ uuid, name }) => uuid === wanted || name === wanted);
  const ids = found.flatMap(({ uuid }) => (typeof uuid === "string" ? [uuid] : []));
  const [id] = ids;
  if (id !== undefined && ids.length === 1) return work(id);
  const detail =
    ids.length === 0 ? "the cloud has no agent of this name" : "several have this name: use an id";
  return failed({ reason: "not_preparable", field: "agent_name", detail });
}
