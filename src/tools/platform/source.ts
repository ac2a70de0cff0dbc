// On the trust boundary: the tools of the Kubiya platform, as a source. It asks the cloud what was permitted, with
// the server's own key; the caller's credential never goes there, and no secret of the server comes back in what the
// cloud says. What a call needs is a fact, and is judged elsewhere.

import type { Limits } from "../../config/types.ts";
import type { Kubiya } from "../../kubiya/types.ts";
import { digestOf } from "../../lib/digest.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import type { ResolveRunner } from "../../runners/types.ts";
import type { CreateLines } from "../../subprocess/types.ts";
import { createCheckArguments } from "../arguments.ts";
import { HERE } from "../here.ts";
import { type Callable, createPlanCall } from "../plan-call.ts";
import { hiddenFailure, resultOf as resultOfRun, type Said } from "../said.ts";
import type { Plan, PlanFailure, Source, Tool, ToolFailure, ToolResult } from "../types.ts";
import { ACTING_TOOLS } from "./acting.ts";
import { type Page, pageOf } from "./page.ts";
import { READING_TOOLS } from "./reading.ts";
import { NOT_HERE, runnerOf } from "./start-tool.ts";
import type { CloudAnswer, PlatformTool } from "./types.ts";

interface PlatformNeeds {
  readonly requires: readonly string[];
  readonly effect: "reads" | "acts" | "acts_on_runner" | "runs";
}

/** What the platform's tools are made of. */
export interface PlatformParts {
  readonly kubiya: Kubiya;
  /** What a call of each tool needs and does; a tool that needs nothing is not offered. */
  readonly requires: Readonly<Record<string, PlatformNeeds>>;
  /** Whether nothing else has this name. */
  readonly isFree: (name: string) => boolean;
  readonly resolveRunner: ResolveRunner;
  readonly said: Said;
  readonly createLines: CreateLines;
  readonly limits: Pick<
    Limits,
    "tool_timeout" | "max_response_size" | "max_tools_in_response" | "default_page_size"
  >;
}

interface Offered extends Callable {
  readonly ask: PlatformTool["ask"];
  readonly pages: PlatformTool["pages"];
}

/** The tools of the platform. */
export function createPlatformSource(parts: PlatformParts): Source {
  const { kubiya, requires, isFree, limits, said, createLines } = parts;
  const offered = new Map(
    [...READING_TOOLS, ...ACTING_TOOLS].flatMap((row): readonly [string, Offered][] => {
      const needs = requires[row.name]?.requires ?? [];
      return needs.length === 0 || !isFree(row.name) ? [] : [[row.name, offer(row, needs, parts)]];
    }),
  );
  const plan = createPlanCall(offered);
  const { max_response_size: maxBytes, default_page_size: defaultSize } = limits;
  const timeoutMs = limits.tool_timeout * 1000;

  return {
    catalogue: new Map([...offered].map(([name, { tool }]) => [name, tool])),
    plan: (name, given) => {
      const planned = plan(name, given);
      return planned.ok && isThere(name, parts) ? there(planned.value, parts) : planned;
    },
    run: async (permit, running) => {
      const { tool, arguments: args, runner } = permit.subject;
      const found = offered.get(tool.name);
      if (found === undefined) throw new TypeError("nothing was run: this is another source's");
      const { signal, report } = running;
      const lines = createLines((line) => report({ kind: "line", text: said.line(line) }));
      const answer = await found.ask({
        ...{ kubiya, args, runner, running: { signal }, maxBytes, timeoutMs },
        onText: (text) => lines.add(Buffer.from(text)),
      });
      lines.end();
      if (!answer.ok) return failed(hiddenFailure(answer.failure, said));
      const { page, page_size: size } = args;
      const asked = { page: numberIn(page, 1), size: numberIn(size, defaultSize), maxBytes };
      return resultOf(answer.value, { ...asked, show: said.json }, said);
    },
    library: null,
  };
}

/** Whether a runner of the cloud does it. */
function isThere(name: string, { requires }: Pick<PlatformParts, "requires">): boolean {
  return requires[name]?.effect === "acts_on_runner";
}

/** The same on the runner that the call names: that one is decided, and does it. */
function there(plan: Plan, parts: PlatformParts): Outcome<Plan, PlanFailure> {
  const steps = plan.steps.map((step) => ({ ...step, runner: runnerOf(step.arguments, parts) }));
  const step = steps.find(({ runner }) => runner.kind !== "kubiya");
  if (step === undefined) return done({ steps });
  return failed({ reason: "invalid_arguments", step, faults: [NOT_HERE] });
}

function offer(row: PlatformTool, requires: readonly string[], parts: PlatformParts): Offered {
  const { name, description, ask, pages } = row;
  const inputSchema: JsonObject = {
    type: "object",
    additionalProperties: false,
    properties: { ...row.args, ...(pages === "pages" && paging(parts.limits)) },
    required: row.required,
  };
  const tool: Tool = {
    ...{ name, description, source: "platform", type: "kubiya", image: null, approved: true },
    origin: null,
    ...{ requires, inputSchema, presentation: {} },
    runner: isThere(name, parts) ? parts.resolveRunner("auto") : HERE,
    digest: digestOf({ name, description, inputSchema }),
  };
  return { tool, ask, pages, check: createCheckArguments(inputSchema) };
}

function paging(limits: PlatformParts["limits"]): JsonObject {
  const { max_tools_in_response: maximum, default_page_size: size } = limits;
  const fallback = Math.min(size, maximum);
  return {
    page: { type: "integer", minimum: 1, maximum: 1_000_000, default: 1, description: "From 1." },
    page_size: { type: "integer", minimum: 1, maximum, default: fallback, description: "Items." },
  };
}

function numberIn(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function resultOf(answer: CloudAnswer, page: Page, said: Said): Outcome<ToolResult, ToolFailure> {
  switch (answer.kind) {
    case "items": {
      const { items, kind: _, ...rest } = answer;
      return textResult(JSON.stringify(pageOf(items, { ...page, ...rest })));
    }
    case "one": {
      // Half of a JSON text is none.
      const text = JSON.stringify(said.json(answer.value));
      const bytes = Buffer.byteLength(text);
      if (bytes <= page.maxBytes) return textResult(text);
      return failed({ reason: "too_large", bytes, allowed: page.maxBytes });
    }
    case "run": {
      const { output: stdout, outputBytes: stdoutBytes, ...ended } = answer.run;
      return resultOfRun(done({ stdout, stderr: "", stdoutBytes, ...ended }), said);
    }
  }
}

function textResult(text: string): Outcome<ToolResult, never> {
  return done({
    ...{ kind: "result", structured: null, isError: false, exitCode: null, truncated: false },
    content: [{ type: "text", text }],
    outputBytes: Buffer.byteLength(text),
  });
}
