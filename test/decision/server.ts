// Policies as a server has them: the shipped bundle, a configuration in memory, files that can be saved.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readShipped } from "../../src/compose/shipped.ts";
import type { Config, PoliciesSetting } from "../../src/config/types.ts";
import { type Canary, createVetBuiltin } from "../../src/decision/candidate.ts";
import { type Policies, type Reload, startPolicies } from "../../src/decision/reload.ts";
import type { Decision, PolicyFaults, Snapshot } from "../../src/decision/types.ts";
import { buildWorld } from "../../src/facts/build.ts";
import { CANARY_STEP, canaryFacts } from "../../src/facts/canary.ts";
import type { World } from "../../src/facts/types.ts";
import { buildInput } from "../../src/input/build.ts";
import type { InputDocument } from "../../src/input/types.ts";
import { asObject, isJsonObject } from "../../src/lib/json.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import { createUuid } from "../../src/lib/uuid.ts";
import type { Tool, Toolbox } from "../../src/tools/types.ts";
import { CIRCUMSTANCES, CONFIG, stepOf, EMPTY_LIBRARY, toolNamed } from "../support/world.ts";
import { compiler, listening } from "./rego.ts";

const STEP = stepOf("kubectl", { command: "get pods" });

/** The bundle that the package ships. */
export function shippedBundle(): Promise<Uint8Array> {
  return readFile(resolve("bundles/kubiya.tar.gz"));
}

/** What the built-in policies must allow. */
export async function canary(): Promise<Canary> {
  const { defaults } = await readShipped();
  return { input: call(CANARY_STEP), facts: asObject(canaryFacts(defaults)) };
}

function call(step: typeof STEP): InputDocument {
  return buildInput(CIRCUMSTANCES, { action: "tools/call", step });
}

/** The facts of a server with one tool, under this configuration. */
async function worldOf(config: Config, tool: Tool): Promise<World> {
  const { defaults, checkFacts: check } = await readShipped();
  const unused = (): never => assert.fail("nothing runs here");
  const toolbox: Toolbox = {
    catalogue: new Map([["kubectl", tool]]),
    plan: unused,
    run: unused,
    library: EMPTY_LIBRARY,
  };
  const world = buildWorld(config, toolbox, { defaults, check });
  return world.ok ? world.value : assert.fail(world.failure);
}

/** What a test changes and sees. */
export interface Running {
  readonly policies: Policies;
  /** The one tool's definition waits for approval from now on. */
  readonly holdTool: () => void;
  readonly reloads: readonly Reload[];
  /** Waits for so many reloads in all. */
  readonly reloaded: (count: number) => Promise<void>;
  readonly lines: readonly string[];
}

/** A server's files, in a folder. */
export interface Files {
  readonly builtin: string;
  readonly config: string;
  readonly organisation: string;
}

/** The files of a server in this folder: the shipped bundle, a configuration that denies nothing. */
export async function filesIn(dir: string): Promise<Files> {
  const files = {
    builtin: join(dir, "kubiya.tar.gz"),
    config: join(dir, "config.json"),
    organisation: join(dir, "policies"),
  };
  await writeFile(files.builtin, await shippedBundle());
  await writeFile(files.config, "{}");
  return files;
}

/** Starts policies on these files; the configuration file may say `whitelist` and `policies`, be broken or absent. */
export async function start(
  files: Files,
  setting: PoliciesSetting = { enabled: false },
): Promise<Outcome<Running, PolicyFaults>> {
  const { log, lines } = listening();
  const reloads: Reload[] = [];
  const known = await canary();
  let tool = toolNamed("kubectl");
  let tellTools = (): void => {};
  const started = await startPolicies({
    loadWorld: async () => {
      const text = await readFile(files.config, "utf8").catch(() => "{}");
      const said: unknown = text.startsWith("{") ? JSON.parse(text) : null;
      if (!isJsonObject(said)) {
        return failed([{ path: files.config, field: "", message: "no JSON", mend: "correct it" }]);
      }
      const whitelist = Array.isArray(said["whitelist"]) ? said["whitelist"].map(String) : null;
      const off: PoliciesSetting = { enabled: false };
      const policies = said["policies"] === "off" ? off : setting;
      const { config: path } = files;
      return done(
        await worldOf({ ...CONFIG, file: path, config_path: path, whitelist, policies }, tool),
      );
    },
    loadTools: async (config) => done(await worldOf(config, tool)),
    onTools: (changed) => (tellTools = changed),
    builtin: files.builtin,
    compiler: compiler(),
    canary: known,
    vet: createVetBuiltin(known, log),
    newId: createUuid(Date.now),
    stopwatch: () => performance.now(),
    log,
    onReload: (reload) => reloads.push(reload),
  });
  if (!started.ok) return started;
  const reloaded = async (count: number): Promise<void> => {
    const until = performance.now() + 15_000;
    while (reloads.length < count) {
      assert.ok(performance.now() < until, `${reloads.length} reloads of ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const holdTool = (): void => {
    tool = { ...tool, approved: false };
    tellTools();
  };
  return done({ policies: started.value, holdTool, reloads, reloaded, lines });
}

/** Asks about a call of the one tool. */
export async function decideCall({ decide }: Snapshot): Promise<Decision> {
  return (await decide.call(call(STEP), STEP)).decision;
}

/** The codes of a decision's reasons. */
export async function codes(snapshot: Snapshot): Promise<readonly string[]> {
  return (await decideCall(snapshot)).reasons.map(({ code }) => code);
}

/** Saves a file as careful editors do: whole or not at all. */
export async function save(path: string, content: string | Uint8Array): Promise<void> {
  const fresh = join(tmpdir(), `kubiya-save-${randomUUID()}`);
  await writeFile(fresh, content);
  await rename(fresh, path);
}

/** Writes an organisation's directory that denies with this code, or nothing. */
export async function writeOrganisation(dir: string, code: string | null): Promise<void> {
  await mkdir(dir, { recursive: true });
  await save(join(dir, "custom.rego"), denying(code));
}

/** A policy that denies everything with this code, or nothing. */
export function denying(code: string | null): string {
  const deny = code === null ? "[]" : `[{"code": "${code}"}]`;
  return `package custom\n\ndecision := {"deny": ${deny}}\n`;
}
