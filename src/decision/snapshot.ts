import type { World } from "../facts/types.ts";
import type { Clock } from "../lib/clock.ts";
import { asObject, type JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Bundle } from "./bundle.ts";
import { type Canary, type VetBuiltin, VETTING_MS, worstCase } from "./candidate.ts";
import { createDecide, ENTRYPOINTS } from "./decide.ts";
import { type Engine, type EngineSource, openEngine } from "./engine.ts";
import type { PolicyModule } from "./module.ts";
import { createOrganisation, DECISION, LIST, MASK, type Organisation } from "./organisation.ts";
import { createRemoteEngine } from "./remote-engine.ts";
import type { Threads } from "./threads.ts";
import type { PolicyFaults, Snapshot } from "./types.ts";

/** A bundle, where it came from, and its module. */
export interface Loaded {
  readonly path: string;
  readonly bundle: Bundle;
  readonly module: PolicyModule;
}

/** What a snapshot is made of: it belongs together, and it changes together. */
export interface Sources {
  readonly world: World;
  readonly builtin: Loaded;
  /** Null where the organisation has no say. */
  readonly organisation: Loaded | null;
}

/** What stays the same from one snapshot to the next. */
export interface SnapshotParts {
  readonly canary: Canary;
  readonly vet: VetBuiltin;
  readonly newId: () => string;
  readonly stopwatch: Clock;
  readonly log: Log;
}

/** A snapshot, and what ends it when the next one has taken its place. */
export interface Opened {
  readonly sources: Sources;
  readonly snapshot: Snapshot;
  readonly builtin: Engine;
  readonly retire: () => void;
}

/** How long an organisation's policies may take to answer one question. */
const ASK_MS = 250;

/** The roots of `data` that are the server's own. */
const RESERVED = ["kubiya", "facts", "system"];

/** Vets and opens what belongs together; the faults say what cannot be used. */
export async function openSnapshot(
  sources: Sources,
  parts: SnapshotParts & { readonly threads: Threads },
  before: Opened | null,
): Promise<Outcome<Opened, PolicyFaults>> {
  const { world, builtin, organisation } = sources;
  const facts = asObject(world.facts);
  const unchanged = before?.sources.builtin === builtin && before.sources.world === world;
  const [ours, theirs] = await Promise.all([
    unchanged ? done(before.builtin) : openBuiltin(builtin, facts, parts),
    organisation === null ? done(null) : openOrganisation(organisation, facts, parts),
  ]);
  if (!ours.ok) {
    if (theirs.ok) theirs.value?.retire();
    return unusable(builtin.path, ours.failure);
  }
  if (!theirs.ok) return unusable(organisation?.path ?? builtin.path, theirs.failure);
  const revision = revisionOf(sources);
  const decide = createDecide({
    builtin: ours.value,
    organisation: theirs.value,
    revision,
    facts: world.digest,
    newId: parts.newId,
    stopwatch: parts.stopwatch,
    log: parts.log,
  });
  const { policies } = world.config;
  if (policies.enabled && organisation === null) {
    parts.log.warn(`${policies.path}: there are no policies; only the built-in ones decide`);
  }
  const snapshot = { world, decide, revision };
  return done({ sources, snapshot, builtin: ours.value, retire: () => theirs.value?.retire() });
}

/** The built-in policies decide inline, but they are vetted in a thread. */
async function openBuiltin(
  { module }: Loaded,
  facts: JsonObject,
  { vet, log }: SnapshotParts,
): Promise<Outcome<Engine, string>> {
  const source = { module, data: { facts }, entrypoints: Object.values(ENTRYPOINTS) };
  const [vetted, opened] = await Promise.all([
    vet(source),
    openEngine(source, (line) => log.info("a policy printed", { line })),
  ]);
  return vetted.ok ? opened : vetted;
}

/** Vets and opens an organisation's policies; the failure says what they lack. */
export async function openOrganisation(
  { bundle, module }: Loaded,
  facts: JsonObject,
  { canary, log, threads }: Pick<SnapshotParts, "canary" | "log"> & { readonly threads: Threads },
): Promise<Outcome<Organisation, string>> {
  const fault = bundleFault(bundle);
  if (fault !== null) return failed(fault);
  const { entrypoints, data } = bundle;
  const source: EngineSource = { module, data: { ...data, facts }, entrypoints };
  const thread = threads.take();
  const opened = await thread.open(source, VETTING_MS);
  const vetted = opened.ok ? await worstCase(thread, entrypoints, canary.input) : opened;
  if (!vetted.ok) {
    threads.give(thread);
    return vetted;
  }
  const engine = createRemoteEngine(source, thread, {
    takeThread: threads.take,
    giveThread: threads.give,
    openMs: VETTING_MS,
    askMs: ASK_MS,
  });
  return done(createOrganisation(engine, entrypoints, log));
}

/** Why a bundle cannot speak for an organisation; null when it can. */
function bundleFault({ entrypoints, data }: Bundle): string | null {
  if (!entrypoints.includes(DECISION)) return `it has no entrypoint ${DECISION}`;
  const foreign = entrypoints.filter((name) => ![DECISION, LIST, MASK].includes(name));
  if (foreign.length > 0) return `it has entrypoints that nobody asks: ${foreign.join(", ")}`;
  const reserved = Object.keys(data).filter((root) => RESERVED.includes(root));
  return reserved.length === 0
    ? null
    : `its data.json has ${reserved.join(", ")}, which is the server's own`;
}

function revisionOf({ builtin, organisation }: Sources): string {
  return [builtin, organisation].flatMap((loaded) => loaded?.bundle.revision ?? []).join("+");
}

function unusable(path: string, message: string): Outcome<never, PolicyFaults> {
  const mend = "correct the policies; `kubiya policy check` and `policy test` say more";
  return failed([{ path, field: "", message, mend }]);
}
