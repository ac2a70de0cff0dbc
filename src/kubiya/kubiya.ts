import { createAgents } from "./agents.ts";
import { type AskParts, createAsk } from "./ask.ts";
import { createChat } from "./chat.ts";
import { createLibrary } from "./library.ts";
import { createRunners } from "./runners.ts";
import { createRunTool } from "./run-tool.ts";
import { createRunWorkflow } from "./run-workflow.ts";
import { createSources } from "./sources.ts";
import type { Kubiya } from "./types.ts";

/** The cloud, asked with one key. */
export function createKubiya(parts: AskParts): Kubiya {
  const ask = createAsk(parts);
  return {
    ...createRunners(ask),
    ...createAgents(ask),
    ...createSources(ask),
    ...createLibrary(ask),
    chat: createChat(parts),
    runTool: createRunTool(parts),
    runWorkflow: createRunWorkflow(parts),
  };
}
