// The tools that the suite's scenarios call, as a source like any other: nothing of it runs without a permit.

import { setTimeout as wait } from "node:timers/promises";
import type { JsonObject } from "../../src/lib/json.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { createCheckArguments } from "../../src/tools/arguments.ts";
import type { Block, Source, Tool, ToolResult } from "../../src/tools/types.ts";
import { said } from "../support/world.ts";
import { ASKING, type Behaviour } from "./asking.ts";
import { AUDIO, embedded, IMAGE, text } from "./content.ts";
import { FORMS } from "./forms.ts";
import { LIBRARY } from "./library.ts";

const LOGGED = ["Tool execution started", "Tool processing data", "Tool execution completed"];

/** The arguments of the tools that take any. */
const PROPERTIES: Readonly<Record<string, JsonObject>> = {
  test_sampling: { prompt: { type: "string" } },
  test_elicitation: { message: { type: "string" } },
};

const logs: Behaviour = async ({ running }) => {
  for (const words of LOGGED) {
    running.report({ kind: "log", level: "info", logger: "test", said: words });
    await wait(50);
  }
  return said("logged");
};

const progresses: Behaviour = async ({ running }) => {
  for (const progress of [0, 50, 100]) {
    running.report({ kind: "progress", progress, total: 100, message: `${progress} of 100` });
    await wait(50);
  }
  return said("progressed");
};

function gives(...content: readonly Block[]): Behaviour {
  return async () => withContent({ content });
}

function withContent(extra: Partial<ToolResult>): ToolResult {
  return said("", { exitCode: null, ...extra });
}

/** Every tool, by name; `change` changes what the server lists. */
function behaviours(change: () => Promise<void>): Readonly<Record<string, Behaviour>> {
  const changes: Behaviour = async () => {
    await change();
    return said("changed");
  };
  return {
    ...ASKING,
    ...FORMS,
    test_simple_text: gives(text("This is a simple text response for testing.")),
    test_image_content: gives(IMAGE),
    test_audio_content: gives(AUDIO),
    test_embedded_resource: gives(
      embedded("test://embedded-resource", "This is an embedded resource content."),
    ),
    test_multiple_content_types: gives(
      text("Multiple content types test:"),
      IMAGE,
      embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json"),
    ),
    test_error_handling: async () =>
      withContent({
        content: [text("This tool intentionally returns an error for testing")],
        isError: true,
      }),
    test_tool_with_logging: logs,
    test_logging_tool: logs,
    test_tool_with_progress: progresses,
    test_trigger_tool_change: changes,
    test_trigger_prompt_change: changes,
  };
}

/** The source of these tools, and of the suite's resources and prompts. */
export function createConformanceSource(change: () => Promise<void>): Source {
  const tools = behaviours(change);
  const catalogue = new Map(Object.keys(tools).map((name) => [name, toolNamed(name)]));
  return {
    catalogue,
    plan: (name, args) => {
      const tool = catalogue.get(name);
      if (tool === undefined) return failed({ reason: "unknown_tool", name });
      const { runner } = tool;
      const checked = createCheckArguments(tool.inputSchema)(args);
      if (checked.ok) return done({ steps: [{ tool, arguments: checked.value, runner }] });
      const step = { tool, arguments: {}, runner };
      return failed({ reason: "invalid_arguments", step, faults: checked.failure });
    },
    run: async ({ subject }, running, resumed) => {
      const behave = tools[subject.tool.name];
      if (behave === undefined) throw new TypeError("another source's tool");
      return done(await behave({ args: subject.arguments, running, resumed }));
    },
    library: LIBRARY,
  };
}

function toolNamed(name: string): Tool {
  const properties = PROPERTIES[name] ?? {};
  return {
    name,
    description: `${name} of the conformance suite`,
    source: "upstream",
    origin: "conformance",
    type: "mcp",
    image: null,
    digest: digestOf({ name, properties }),
    approved: true,
    requires: ["tools:execute"],
    runner: { requested: "default", name: "local", kind: "local", healthy: true },
    presentation: {},
    inputSchema: {
      type: "object",
      additionalProperties: false,
      properties,
      required: Object.keys(properties),
    },
  };
}
