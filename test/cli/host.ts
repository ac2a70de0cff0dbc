// A host that keeps what a command says, and whose outside is objects.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { runCommand } from "../../src/cli/program.ts";
import type { ExitCode, Host, OpenedCredentials, Refused, Unread } from "../../src/cli/types.ts";
import type { Config, Flags } from "../../src/config/types.ts";
import type { KnownDefinition } from "../../src/credential/types.ts";
import type { Snapshot } from "../../src/decision/types.ts";
import { PERMISSIONS } from "../../src/config/permissions.ts";
import { buildInput } from "../../src/input/build.ts";
import { createCheckInput } from "../../src/input/check.ts";
import type { InputDocument } from "../../src/input/types.ts";
import type { Fault } from "../../src/lib/fault.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { holder, unproven } from "../../src/principal/caller.ts";
import {
  ALLOWED,
  CONFIG,
  decideWith,
  EMPTY_FACTS,
  NOON,
  snapshotOf,
  toolboxOf,
} from "../support/world.ts";

const checkInput = createCheckInput(
  JSON.parse(await readFile("policies/schemas/input.json", "utf8")),
);

/** What a command said and did. */
export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** What it said about the configuration, in each load. */
  readonly flags: readonly Flags[];
  /** How often it began to serve. */
  readonly served: number;
  /** The inputs that policies were asked about. */
  readonly asked: readonly InputDocument[];
  /** Whether the policies or the credentials that were opened were closed. */
  readonly closed: boolean;
  /** The upstreams that were to say what they present now. */
  readonly met: readonly string[];
  /** How often a damaged chain was told of. */
  readonly chainsFailed: number;
}

/** What the outside is like. */
interface Outside {
  readonly cwd?: string;
  readonly packageRoot?: string;
  readonly config?: Partial<Config>;
  /** Faults of the configuration. */
  readonly faults?: readonly Fault[];
  readonly warnings?: readonly Fault[];
  /** What a server would refuse of the configuration that was read. */
  readonly refused?: readonly Fault[];
  /** What this machine cannot confine as a tool of it asks. */
  readonly unconfined?: readonly Fault[];
  readonly compiler?: Partial<Host["compiler"]>;
  readonly checkPolicies?: Host["checkPolicies"];
  readonly snapshot?: Snapshot;
  readonly policyFaults?: readonly Fault[];
  readonly verifyTrail?: Host["verifyTrail"];
  readonly openTrail?: Host["openTrail"];
  readonly clock?: Host["clock"];
  /** Hears each part of a long answer; false: nobody reads on. */
  readonly onPour?: (text: string) => boolean;
  readonly onEnd?: Host["onEnd"];
  readonly publicKeys?: readonly string[];
  readonly missingTools?: Partial<Awaited<ReturnType<Host["missingTools"]>>>;
  readonly unableTools?: Awaited<ReturnType<Host["unableTools"]>>;
  readonly missingPrograms?: Awaited<ReturnType<Host["missingPrograms"]>>;
  readonly opaVersion?: Host["opaVersion"];
  readonly engines?: Awaited<ReturnType<Host["lookAtEngines"]>>;
  readonly cloud?: Awaited<ReturnType<Host["lookAtCloud"]>>;
  readonly store?: Awaited<ReturnType<Host["lookAtStore"]>>;
  readonly lookAtRunners?: Host["lookAtRunners"];
  readonly home?: string;
  readonly clientFiles?: Host["clientFiles"];
  readonly openTerminal?: Host["openTerminal"];
  /** How an order goes, where credentials may be opened. */
  readonly manage?: OpenedCredentials["manage"];
  /** What is known of tools of sources outside the configuration. */
  readonly definitions?: readonly KnownDefinition[];
  /** Upstreams that do not say what they present now. */
  readonly unread?: readonly Unread[];
  /** What becomes of a test alert. */
  readonly tryAlert?: OpenedCredentials["tryAlert"];
  /** Hears that the trail is free for the next command. */
  readonly leaveTrail?: OpenedCredentials["leaveTrail"];
  /** Why credentials cannot be opened. */
  readonly refusedCredentials?: Refused;
}

export const FAULT: Fault = {
  path: "/config.json",
  field: "api_kee",
  message: "is no field",
  mend: "did you mean api_key?",
};

/** Runs a command line on such an outside. */
export async function run(argv: readonly string[], outside: Outside = {}): Promise<Ran> {
  const said = { stdout: "", stderr: "" };
  const flags: Flags[] = [];
  const asked: InputDocument[] = [];
  const met: string[] = [];
  let served = 0;
  let closed = false;
  let chainsFailed = 0;
  const config = { ...CONFIG, ...outside.config };
  const unreachable = async (): Promise<never> => {
    throw new Error("this must not be asked");
  };
  const host: Host = {
    answer: (text) => {
      said.stdout += text;
    },
    pour: async (text) => {
      said.stdout += text;
      return outside.onPour?.(text) ?? true;
    },
    remark: (text) => {
      said.stderr += text;
    },
    version: "1.2.3",
    cwd: outside.cwd ?? "/nowhere",
    packageRoot: outside.packageRoot ?? resolve("."),
    permissions: PERMISSIONS,
    loadConfig: (typed) => async () => {
      flags.push(typed);
      if (outside.faults !== undefined) return failed(outside.faults);
      return done({ config, warnings: outside.warnings ?? [] });
    },
    configPlace: ({ config: path = config.config_path }) => ({ path, named: true, usual: false }),
    clientFiles: outside.clientFiles ?? [],
    self: { program: "/usr/bin/node", node: "24.0.0", words: ["/kubiya/main.js"] },
    home: outside.home ?? "/nowhere",
    startTalk: unreachable,
    openTerminal: outside.openTerminal ?? (() => null),
    serve: async (loadConfig) => {
      served += 1;
      return (await loadConfig()).ok ? 0 : 3;
    },
    faultsOf: async () => outside.refused ?? [],
    unableTools: async () => outside.unableTools ?? [],
    missingPrograms: async () => outside.missingPrograms ?? [],
    confinementFaults: async () => outside.unconfined ?? [],
    missingTools: async () => ({ nowhere: [], untold: [], ...outside.missingTools }),
    opaVersion: outside.opaVersion ?? (async () => done("1.9.0")),
    lookAtRunners: outside.lookAtRunners ?? unreachable,
    lookAtEngines: async () => outside.engines ?? [],
    lookAtCloud: async () => outside.cloud ?? null,
    lookAtStore: async () => outside.store ?? done({ schema: "current", highWaterMs: NOON }),
    compiler: { build: unreachable, test: unreachable, ...outside.compiler },
    checkPolicies: outside.checkPolicies ?? unreachable,
    openPolicies: async (loadConfig) => {
      const loaded = await loadConfig();
      if (!loaded.ok) return loaded;
      if (outside.policyFaults !== undefined) return failed(outside.policyFaults);
      const snapshot = outside.snapshot ?? answering({});
      const world = { ...snapshot.world, config };
      return done({
        current: () => ({ ...snapshot, world, decide: listening(snapshot.decide, asked) }),
        close: async () => {
          closed = true;
        },
      });
    },
    openCredentials: async () => {
      if (outside.refusedCredentials !== undefined) return failed(outside.refusedCredentials);
      return done({
        config,
        newKeyPermissions: ["tools:list"],
        lifetimes: EMPTY_FACTS.defaults.lifetimes,
        verify: unreachable,
        admit: unreachable,
        gapOf: () => null,
        current: () => outside.snapshot ?? answering({}),
        callerOf: holder,
        unproven,
        readFreeze: async () => null,
        manage: outside.manage ?? unreachable,
        definitions: async () => done(outside.definitions ?? []),
        meetUpstreams: async (settings) => {
          for (const { name } of settings) met.push(name);
          return (outside.unread ?? []).filter(({ name }) => met.includes(name));
        },
        tryAlert: outside.tryAlert ?? unreachable,
        leaveTrail: outside.leaveTrail ?? unreachable,
        chainFailed: () => {
          chainsFailed += 1;
        },
        close: async () => {
          closed = true;
        },
      });
    },
    verifyTrail: outside.verifyTrail ?? unreachable,
    openTrail: outside.openTrail ?? unreachable,
    publicKeys: () => outside.publicKeys ?? [],
    redact: (text) => text.replaceAll("canary", "[REDACTED]"),
    buildInput,
    checkInput,
    resolveRunner: () => (requested) => ({
      requested,
      name: requested,
      kind: "local",
      healthy: true,
    }),
    newId: () => "0197a0b0-0000-7000-8000-000000000001",
    clock: outside.clock ?? (() => NOON),
    onEnd: outside.onEnd ?? (() => {}),
  };
  const code = await runCommand(argv, host);
  return { code, ...said, flags, served, asked, closed, met, chainsFailed };
}

/** A snapshot with the tool `kubectl` that answers every question with one decision. */
export function answering(decision: Partial<typeof ALLOWED>): Snapshot {
  const toolbox = toolboxOf(["kubectl"], async () => {
    throw new Error("nothing may run");
  });
  return snapshotOf(toolbox, decideWith({ ...ALLOWED, ...decision }));
}

function listening(decide: Snapshot["decide"], asked: InputDocument[]): Snapshot["decide"] {
  return {
    ...decide,
    admit: (input) => note(input, decide.admit),
    manage: (input, subject) => note(input, (one) => decide.manage(one, subject)),
    list: (input) => note(input, decide.list),
    call: (input, subject) => note(input, (one) => decide.call(one, subject)),
    read: (input, subject) => note(input, (one) => decide.read(one, subject)),
  };

  function note<T>(input: InputDocument, ask: (input: InputDocument) => T): T {
    asked.push(input);
    return ask(input);
  }
}
