// On the trust boundary: asks an upstream something over a connection. What goes out is the name, the arguments
// and nothing of the caller; what comes back is an object of any content.

import type { Client } from "@modelcontextprotocol/client";
import { isJsonObject, type JsonObject } from "../../../lib/json.ts";
import type { Reading } from "../../library.ts";
import type { Running } from "../../result.ts";
import { ANY_OBJECT } from "../taken.ts";
import type { UpstreamCall } from "../types.ts";

/** How a question is bounded. */
interface Asked {
  readonly running: Running;
  readonly timeoutMs: number;
  /** What goes with it where it is asked again: answers, and what came with the questions (newer era). */
  readonly again: JsonObject;
}

/** Calls a tool, whose schema says which arguments go into headers too. Throws what the library throws. */
export async function askTool(
  client: Client,
  { tool, arguments: args }: UpstreamCall,
  { schema, ...asked }: Asked & { readonly schema: JsonObject },
): Promise<JsonObject> {
  const answer: unknown = await client.callTool(
    { name: tool, arguments: { ...args }, ...asked.again },
    {
      ...options(asked),
      // Without a schema of its output: nothing is compiled of what an upstream wrote.
      toolDefinition: { name: tool, inputSchema: { ...schema, type: "object" } },
    },
  );
  return answered(answer);
}

/** Reads a resource, a prompt, or the completions of an argument. Throws what the library throws. */
export async function askReading(
  client: Client,
  reading: Reading,
  asked: Asked,
): Promise<JsonObject> {
  const { method, params } = requestOf(reading);
  const request = { method, params: { ...params, ...asked.again } };
  return answered(await client.request(request, ANY_OBJECT, options(asked)));
}

function options({ running: { signal, report }, timeoutMs }: Asked) {
  let before = Number.NEGATIVE_INFINITY;
  return {
    signal,
    timeout: timeoutMs,
    allowInputRequired: true,
    onprogress: ({ progress, total, message }: Progress): void => {
      if (progress <= before) return;
      before = progress;
      report({ kind: "progress", progress, total: total ?? null, message: message ?? "" });
    },
  };
}

interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

function answered(answer: unknown): JsonObject {
  if (!isJsonObject(answer)) throw new TypeError("the library gave what is no object");
  return answer;
}

function requestOf({ action, name, arguments: given }: Reading): {
  readonly method: string;
  readonly params: Record<string, unknown>;
} {
  switch (action) {
    case "resources/read":
    case "resources/subscribe":
    case "resources/unsubscribe":
      return { method: action, params: { uri: name } };
    case "prompts/get":
      return { method: action, params: { name, arguments: given["arguments"] ?? {} } };
    case "completion/complete": {
      const ref = isJsonObject(given["ref"]) ? given["ref"] : {};
      const own = ref["type"] === "ref/prompt" ? { name } : { uri: name };
      return { method: action, params: { ...given, ref: { ...ref, ...own } } };
    }
  }
}
