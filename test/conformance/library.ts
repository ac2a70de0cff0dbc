// Resources and prompts of the suite's own example.

import { isJsonObject, type JsonObject } from "../../src/lib/json.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import type {
  Given,
  Library,
  Question,
  Questions,
  Reading,
  Resumed,
  ToolFailure,
} from "../../src/tools/types.ts";
import { form } from "./asking.ts";
import { embedded, IMAGE, PICTURE, text } from "./content.ts";

type Read = Outcome<Given | Questions, ToolFailure>;

const RESOURCES: Readonly<Record<string, JsonObject>> = {
  "test://static-text": {
    uri: "test://static-text",
    mimeType: "text/plain",
    text: "This is the content of the static text resource.",
  },
  "test://static-binary": PICTURE,
  "test://watched-resource": {
    uri: "test://watched-resource",
    mimeType: "text/plain",
    text: "Watched resource content",
  },
};

const TEMPLATE = /^test:\/\/template\/([^/]+)\/data$/;

/** What each prompt needs, and the messages that it gives. */
const PROMPTS: Readonly<Record<string, { readonly needs: readonly string[]; readonly say: Say }>> =
  {
    test_simple_prompt: { needs: [], say: () => [text("This is a simple prompt for testing.")] },
    test_prompt_with_arguments: {
      needs: ["arg1", "arg2"],
      say: ({ arg1, arg2 }) => [
        text(`Prompt with arguments: arg1='${String(arg1)}', arg2='${String(arg2)}'`),
      ],
    },
    test_prompt_with_embedded_resource: {
      needs: ["resourceUri"],
      say: ({ resourceUri }) => [
        embedded(String(resourceUri), "Embedded resource content for testing."),
        text("Please process the embedded resource above."),
      ],
    },
    test_prompt_with_image: {
      needs: [],
      say: () => [IMAGE, text("Please analyze the image above.")],
    },
    test_input_required_result_prompt: {
      needs: [],
      say: () => [text("A prompt for that context.")],
    },
  };

type Say = (args: JsonObject) => readonly JsonObject[];

const CONTEXT: Question = form(
  "What context should the prompt use?",
  { context: { type: "string" } },
  ["context"],
);

/** How each thing is read. */
const READ: {
  readonly [Action in Reading["action"]]: (reading: Reading, resumed: Resumed | null) => Read;
} = {
  "resources/read": ({ name }) => given({ contents: [resourceAt(name) ?? {}] }),
  "resources/subscribe": () => given({}),
  "resources/unsubscribe": () => given({}),
  "prompts/get": promptOf,
  "completion/complete": () => given({ completion: { values: ["paris", "park"], total: 2 } }),
};

/** Everything besides tools. */
export const LIBRARY: Library = {
  origin: "conformance",
  isKnown: true,
  offers: { resources: true, subscriptions: true, prompts: true, completions: true, logging: true },
  resources: Object.keys(RESOURCES).map((uri) => ({ uri, name: uri.slice("test://".length) })),
  templates: [{ uriTemplate: "test://template/{id}/data", name: "template" }],
  prompts: Object.entries(PROMPTS).map(([name, { needs }]) => ({
    name,
    description: `${name} for tests`,
    arguments: needs.map((one) => ({ name: one, required: true })),
  })),
  lists: ({ action, name }) =>
    action.startsWith("resources/") ? resourceAt(name) !== null : PROMPTS[name] !== undefined,
  expandsTo: () => false,
  read: async ({ subject }, _running, resumed) => READ[subject.action](subject, resumed),
};

function resourceAt(uri: string): JsonObject | null {
  const id = TEMPLATE.exec(uri)?.[1];
  if (id === undefined) return RESOURCES[uri] ?? null;
  const content = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
  return { uri, mimeType: "application/json", text: content };
}

function promptOf({ name, arguments: whole }: Reading, resumed: Resumed | null): Read {
  const { needs, say } = PROMPTS[name] ?? { needs: [], say: () => [] };
  const args = isJsonObject(whole["arguments"]) ? whole["arguments"] : {};
  const missing = needs.find((one) => args[one] === undefined);
  if (missing !== undefined) {
    return failed({ reason: "not_preparable", field: missing, detail: "is required" });
  }
  const asks = name === "test_input_required_result_prompt";
  if (asks && !isJsonObject(resumed?.answers["user_context"])) {
    return done({ kind: "questions", questions: { user_context: CONTEXT }, state: null });
  }
  return given({ messages: say(args).map((content) => ({ role: "user", content })) });
}

function given(body: JsonObject): Read {
  return done({ kind: "given", body });
}
