// Builds the host of every command. With the files beside it, the one place that sees the implementations
// of all folders. Each command reads what it needs when it is run: a start is as long as what it reads.

import { join } from "node:path";
import { publicKeyIn } from "../audit/key.ts";
import { runCommand } from "../cli/program.ts";
import type { ExitCode, Host } from "../cli/types.ts";
import { clientFiles } from "../config/client-files.ts";
import { createLoadConfig } from "../config/load.ts";
import { PERMISSIONS } from "../config/permissions.ts";
import { configPlace } from "../config/place.ts";
import { createOpa, opaVersion } from "../decision/opa.ts";
import { buildInput } from "../input/build.ts";
import type { Log } from "../lib/log.ts";
import { createUuid } from "../lib/uuid.ts";
import { lookAtEngines } from "../runners/engine.ts";
import { lookAtRunners } from "../runners/look.ts";
import { findProgram } from "../subprocess/find-program.ts";
import { createRunProgram } from "../subprocess/run.ts";
import { createStartTalk } from "../subprocess/talk.ts";
import type { Source } from "../tools/types.ts";
import { missingPrograms } from "../tools/upstream/line/missing-programs.ts";
import { createKubiyaOf, lookAtCloud, openCloud } from "./cloud.ts";
import { engineEnvOf } from "./engine.ts";
import type { Parts } from "./open.ts";
import { createProgress } from "./progress.ts";
import { createRedaction } from "./redaction.ts";
import { resolveRunnerOf } from "./resolve-runner.ts";
import { readShipped } from "./shipped.ts";
import { openTerminal } from "./terminal.ts";
import type { Outside, WorldParts } from "./world.ts";

/**
 * How long a group of processes that is asked to end may take before it is killed. MCP clients wait two
 * seconds after they have closed a server's input: all must have ended, and be recorded, by then.
 */
const GRACE_MS = 1_000;

/** A command that looks at upstreams says in one line what came of each: with --debug the whole of it is told. */
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Runs the command that was typed, and gives the exit code; `sources` stand beside those of the configuration. */
export async function run(outside: Outside, sources: readonly Source[] = []): Promise<ExitCode> {
  const shipped = await readShipped();
  const { stderr } = outside;
  const redaction = createRedaction(Object.keys(shipped.defaults.masked_keys));
  const { redactor } = redaction;
  outside.hideWith(redactor.text);
  const newId = createUuid(Date.now);
  const path = [join(shipped.root, ".tools"), outside.environment["PATH"] ?? ""].join(":");
  const tell = (text: string): void => void stderr.write(redactor.text(text));
  const progress = createProgress({ stderr, tell });
  const runProgram = progress.pulling(createRunProgram({ graceMs: GRACE_MS }));
  const opa = createOpa({ run: runProgram, path });
  const kubiyaOf = createKubiyaOf({ open: openCloud, stopwatch: () => performance.now() });
  const world: WorldParts = {
    ...{ outside, shipped, newId, runProgram, sources, kubiyaOf, redaction },
  };
  const loadWorld = () => import("./world.ts");
  const loadParts = async (): Promise<Parts> => {
    const { createParts } = await import("./parts.ts");
    return createParts({ ...world, progress, tell, opa });
  };
  const debug = outside.argv.includes("--debug");
  const logOf = ({ logAs }: Parts): Log =>
    logAs({ logging: () => ({ level: "warn", debug }), production: false });
  const host: Host = {
    answer: (text) => outside.stdout.write(text),
    pour: (text) =>
      new Promise((left) => {
        outside.stdout.write(text, (error) => left(error === null || error === undefined));
      }),
    remark: tell,
    version: shipped.version,
    cwd: outside.cwd,
    packageRoot: shipped.root,
    permissions: PERMISSIONS,
    loadConfig: (flags) => redaction.learning(createLoadConfig(flags, outside)),
    configPlace: ({ config }) => configPlace(config, outside),
    clientFiles: clientFiles(outside),
    self: outside.self,
    home: outside.home,
    startTalk: createStartTalk({ hangUpMs: 2 * GRACE_MS, graceMs: GRACE_MS }),
    openTerminal: () => openTerminal(outside),
    serve: async (loadConfig) => {
      const [{ serve }, parts] = await Promise.all([import("./serve.ts"), loadParts()]);
      return serve(parts, loadConfig);
    },
    faultsOf: async (config) => {
      const { worldOf } = await loadWorld();
      const found = await worldOf(world, config);
      return found.ok ? [] : found.failure;
    },
    confinementFaults: async (config) => {
      const { confinementFaults } = await import("./confined.ts");
      return confinementFaults(config, world);
    },
    missingTools: async (config) => {
      const [{ worldOf }, { missingTools }] = await Promise.all([
        loadWorld(),
        import("./missing-tools.ts"),
      ]);
      const found = await worldOf(world, config);
      return found.ok ? missingTools(found.value) : { nowhere: [], untold: [] };
    },
    unableTools: async (config) => {
      const { unableTools } = await import("../tools/whitelist/unable.ts");
      return unableTools(config, { findProgram, resolveRunner: resolveRunnerOf(config, []) });
    },
    missingPrograms: ({ mcpServers, path: own }) => missingPrograms(mcpServers, own, findProgram),
    opaVersion: () => opaVersion(opa, outside.cwd),
    lookAtEngines: ({ container_engine: setting }) =>
      lookAtEngines(setting, { run: runProgram, engineEnv: engineEnvOf(outside) }),
    lookAtCloud,
    lookAtStore: async ({ store: { postgres }, state_dir: stateDir }) => {
      const { lookAtStore } = await import("../store/look.ts");
      return lookAtStore({ postgres, stateDir });
    },
    compiler: {
      build: async (...asked) => (await loadParts()).compiler.build(...asked),
      test: async (...asked) => (await loadParts()).compiler.test(...asked),
    },
    checkPolicies: async (dir) => {
      const [{ checkPolicies }, { canaryOf }, parts] = await Promise.all([
        import("../decision/check.ts"),
        import("./open.ts"),
        loadParts(),
      ]);
      const { compiler } = parts;
      return checkPolicies(dir, { compiler, canary: await canaryOf(parts), log: logOf(parts) });
    },
    openPolicies: async (loadConfig) => {
      const [{ openToAsk }, parts] = await Promise.all([import("./to-ask.ts"), loadParts()]);
      return openToAsk(parts, loadConfig, logOf(parts));
    },
    openCredentials: async (loadConfig) => {
      const [{ openCredentials }, parts] = await Promise.all([import("./manage.ts"), loadParts()]);
      const log = logOf(parts);
      return openCredentials(parts, loadConfig, { log, upstreamLog: debug ? log : SILENT });
    },
    verifyTrail: async (question) =>
      (await import("../audit/verify-trail.ts")).verifyTrail(question),
    openTrail: async (trail) => (await import("../audit/read-trail.ts")).openTrail(trail),
    publicKeys: ({ state_dir: stateDir, audit }) => [
      publicKeyIn(stateDir),
      ...(audit.checkpoint_key === null ? [] : [audit.checkpoint_key]),
    ],
    redact: redactor.text,
    buildInput,
    checkInput: shipped.checkInput,
    resolveRunner: (config) => resolveRunnerOf(config, []),
    lookAtRunners: async (config, about) => lookAtRunners(await kubiyaOf(config), about),
    newId,
    clock: Date.now,
    onEnd: outside.onEnd,
  };
  return runCommand(outside.argv, host);
}
