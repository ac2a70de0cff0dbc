// Toolboxes of one definition, with the runners of this machine or with one that only notes its work.

import assert from "node:assert/strict";
import type { Config, ToolDefinition } from "../../src/config/types.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { done, type Outcome } from "../../src/lib/outcome.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import { createFindEngine } from "../../src/runners/engine.ts";
import { createResolveRunner } from "../../src/runners/resolve.ts";
import { createRunWork } from "../../src/runners/run.ts";
import type { KnownRunner, RunInCloud, RunWork, Workload } from "../../src/runners/types.ts";
import { createRunProgram } from "../../src/subprocess/run.ts";
import { createHide } from "../../src/tools/hide.ts";
import { joinSources } from "../../src/tools/toolbox.ts";
import type { News, Step, Toolbox, ToolFailure, ToolResult } from "../../src/tools/types.ts";
import { loadWhitelist } from "../../src/tools/whitelist/definitions.ts";
import { createWhitelistSource } from "../../src/tools/whitelist/source.ts";
import { newContainerId } from "../support/container.ts";
import { CONFIG, RUNNING } from "../support/world.ts";

export const PATH: string = process.env["PATH"] ?? "/usr/bin:/bin";
const run = createRunProgram({ graceMs: 300 });

/** The toolbox of one definition. */
export async function toolboxOf(
  definition: ToolDefinition,
  {
    runWork,
    runInCloud = null,
    known = null,
    ...extra
  }: Partial<Config> & {
    readonly runWork?: RunWork;
    readonly runInCloud?: RunInCloud | null;
    /** Runners of the cloud; null: no cloud is used. */
    readonly known?: readonly KnownRunner[] | null;
  } = {},
): Promise<Toolbox> {
  const config: Config = { ...CONFIG, path: PATH, tools: [definition], ...extra };
  const tools = await loadWhitelist(config.tools, {
    resolveRunner: createResolveRunner("local", known),
    requires: ["tools:execute"],
  });
  assert.ok(tools.ok);
  const runWorkHere = runWork ?? hereWith(config);
  const held = (definition.secrets ?? []).flatMap((name) => config.environment[name] ?? []);
  const hide = createHide(held);
  const joined = joinSources([
    createWhitelistSource({ config, tools: tools.value, runWork: runWorkHere, runInCloud, hide }),
  ]);
  assert.ok(joined.ok);
  return joined.value;
}

function hereWith(config: Config): RunWork {
  const engineEnv = { PATH, HOME: process.env["HOME"] ?? "/root" };
  const findEngine = createFindEngine(config.container_engine, { run, engineEnv });
  return createRunWork({
    run,
    findEngine,
    engineEnv,
    path: config.path,
    newId: newContainerId,
    owner: "",
  });
}

/** The one step of a call. */
export function stepOf(toolbox: Toolbox, args: JsonObject = {}): Step {
  const [name = ""] = toolbox.catalogue.keys();
  const plan = toolbox.plan(name, args);
  assert.ok(plan.ok, JSON.stringify(plan));
  const [step] = plan.value.steps;
  assert.ok(step);
  return step;
}

/** Plans and runs a call as enforcement does once it is permitted. */
export async function call(
  toolbox: Toolbox,
  args: JsonObject = {},
  onLine: (line: string) => void = () => {},
): Promise<Outcome<ToolResult, ToolFailure>> {
  const report = (news: News): void => onLine(news.kind === "line" ? news.text : "");
  const permit = mintPermit("decision", stepOf(toolbox, args));
  const ran = await toolbox.run(permit, { ...RUNNING, report }, null);
  if (!ran.ok) return ran;
  assert.ok(ran.value.kind === "result");
  return done(ran.value);
}

/** What a call that works says. */
export async function textOf(toolbox: Toolbox, args: JsonObject = {}): Promise<string> {
  const ran = await call(toolbox, args);
  assert.ok(ran.ok, JSON.stringify(ran));
  return ran.value.content.map(({ text }) => String(text)).join("");
}

/** The work that a call would be, without running it. */
export async function workOf(
  definition: ToolDefinition,
  args: JsonObject,
  extra: Partial<Config> = {},
): Promise<Workload> {
  const seen: Workload[] = [];
  const finished = { exitCode: 0, stdout: "", stderr: "", stdoutBytes: 0, truncated: false };
  const runWork: RunWork = async (_permit, { work }) => {
    seen.push(work);
    return done(finished);
  };
  await call(await toolboxOf(definition, { ...extra, runWork }), args);
  const [work] = seen;
  assert.ok(work);
  return work;
}
