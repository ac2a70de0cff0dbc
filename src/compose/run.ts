// Builds the host of every command. With the files beside it, the one place that sees the implementations
// of all folders.

import { join } from "node:path";
import { publicKeyIn } from "../audit/key.ts";
import { openTrail } from "../audit/read-trail.ts";
import { verifyTrail } from "../audit/verify-trail.ts";
import { runCommand } from "../cli/program.ts";
import type { ExitCode, Host } from "../cli/types.ts";
import { clientFiles } from "../config/client-files.ts";
import { createLoadConfig } from "../config/load.ts";
import { PERMISSIONS } from "../config/permissions.ts";
import { configPlace } from "../config/place.ts";
import { checkPolicies } from "../decision/check.ts";
import { createPolicyCompiler } from "../decision/compile.ts";
import { createOpa, opaVersion } from "../decision/opa.ts";
import { buildInput } from "../input/build.ts";
import { createUuid } from "../lib/uuid.ts";
import { createLog } from "../observe/log.ts";
import { createRequests } from "../observe/requests.ts";
import { lookAtEngines } from "../runners/engine.ts";
import { lookAtRunners } from "../runners/look.ts";
import { lookAtStore } from "../store/look.ts";
import { findProgram } from "../subprocess/find-program.ts";
import { createRunProgram } from "../subprocess/run.ts";
import { missingPrograms } from "../tools/upstream/line/missing-programs.ts";
import { confinementFaults } from "./confined.ts";
import { createKubiyaOf, lookAtCloud, openCloud } from "./cloud.ts";
import { engineEnvOf } from "./engine.ts";
import { createOpenCredentials } from "./manage.ts";
import type { Source } from "../tools/types.ts";
import {
  canaryOf,
  missingTools,
  type Outside,
  type Parts,
  resolveRunnerOf,
  worldOf,
} from "./open.ts";
import { createProgress } from "./progress.ts";
import { createRedaction } from "./redaction.ts";
import { serve } from "./serve.ts";
import { openToAsk } from "./to-ask.ts";
import { readShipped } from "./shipped.ts";
import { openTerminal } from "./terminal.ts";

/**
 * How long a group of processes that is asked to end may take before it is killed. MCP clients wait two
 * seconds after they have closed a server's input: all must have ended, and be recorded, by then.
 */
const GRACE_MS = 1_000;

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
  const compiler = createPolicyCompiler({
    opa,
    capabilities: shipped.capabilities,
  });
  const kubiyaOf = createKubiyaOf({ open: openCloud, stopwatch: () => performance.now() });
  const requests = createRequests(newId);
  const logAs: Parts["logAs"] = ({ logging, production, into: stream = stderr }) => {
    const json = production || stderr.isTTY !== true;
    return createLog({ logging, json, stream, redactor, requestId: requests.id });
  };
  const parts: Parts = {
    ...{ outside, shipped, newId, runProgram, compiler, sources, kubiyaOf },
    ...{ redaction, requests, progress, tell, logAs },
  };
  const debug = outside.argv.includes("--debug");
  const log = logAs({ logging: () => ({ level: "warn", debug }), production: false });
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
    runProgram,
    openTerminal: () => openTerminal(outside),
    serve: (loadConfig) => serve(parts, loadConfig),
    faultsOf: async (config) => {
      const world = await worldOf(parts, config);
      return world.ok ? [] : world.failure;
    },
    confinementFaults: (config) => confinementFaults(config, parts),
    missingTools: async (config) => {
      const world = await worldOf(parts, config);
      return world.ok ? missingTools(world.value) : [];
    },
    missingPrograms: ({ mcpServers, path: own }) => missingPrograms(mcpServers, own, findProgram),
    opaVersion: () => opaVersion(opa, outside.cwd),
    lookAtEngines: ({ container_engine: setting }) =>
      lookAtEngines(setting, { run: runProgram, engineEnv: engineEnvOf(outside) }),
    lookAtCloud,
    lookAtStore: ({ store: { postgres }, state_dir: stateDir }) =>
      lookAtStore({ postgres, stateDir }),
    compiler,
    checkPolicies: async (dir) =>
      checkPolicies(dir, { compiler, canary: await canaryOf(parts), log }),
    openPolicies: (loadConfig) => openToAsk(parts, loadConfig, log),
    openCredentials: createOpenCredentials(parts, log),
    verifyTrail,
    openTrail,
    publicKeys: ({ state_dir: stateDir, audit }) => [
      publicKeyIn(stateDir),
      ...(audit.checkpoint_key === null ? [] : [audit.checkpoint_key]),
    ],
    redact: redactor.text,
    buildInput,
    checkInput: shipped.checkInput,
    resolveRunner: (config) => resolveRunnerOf(config, []),
    lookAtRunners: async (config, about) => lookAtRunners(await parts.kubiyaOf(config), about),
    newId,
    clock: Date.now,
    onEnd: outside.onEnd,
  };
  return runCommand(outside.argv, host);
}
