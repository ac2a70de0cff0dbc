import type { World } from "../facts/types.ts";
import type { Clock } from "../lib/clock.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Bundle } from "./bundle.ts";
import { type Canary, vetBuiltin, worstCase } from "./candidate.ts";
import { createDecide, ENTRYPOINTS } from "./decide.ts";
import { openEngine } from "./engine.ts";
import { createOrganisation, DECISION, LIST, MASK, type Organisation } from "./organisation.ts";
import { openRemoteEngine } from "./remote-engine.ts";
import type { PolicyFaults, Snapshot } from "./types.ts";

/** A bundle and where it came from. */
export interface Loaded {
  readonly path: string;
  readonly bundle: Bundle;
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
  readonly newId: () => string;
  readonly stopwatch: Clock;
  readonly log: Log;
}

/** A snapshot, and what ends it when the next one has taken its place. */
export interface Opened {
  readonly snapshot: Snapshot;
  readonly retire: () => void;
}

/** How long an organisation's policies may take to load, and to answer one question. */
const DEADLINES = { openMs: 2_000, askMs: 250 };

/** Vets and opens what belongs together; the faults say what cannot be used. */
export async function openSnapshot(
  sources: Sources,
  parts: SnapshotParts,
): Promise<Outcome<Opened, PolicyFaults>> {
  const { world, builtin, organisation } = sources;
  const facts = factsOf(world);
  const source = {
    wasm: builtin.bundle.wasm,
    data: { facts },
    entrypoints: Object.values(ENTRYPOINTS),
  };
  const [vetted, theirs] = await Promise.all([
    vetBuiltin(source, parts.canary, parts.log),
    organisation === null ? done(null) : openOrganisation(organisation, facts, parts),
  ]);
  const engine = vetted.ok ? await openEngine(source, printer(parts.log)) : vetted;
  if (!engine.ok) {
    if (theirs.ok) theirs.value?.retire();
    return unusable(builtin.path, engine.failure);
  }
  if (!theirs.ok) return unusable(organisation?.path ?? "", theirs.failure);
  const revision = revisionOf(sources);
  const decide = createDecide({
    ...parts,
    builtin: engine.value,
    organisation: theirs.value,
    revision,
    facts: world.digest,
  });
  return done({
    snapshot: { world, decide, revision },
    retire: () => theirs.value?.retire(),
  });
}

async function openOrganisation(
  { bundle }: Loaded,
  facts: JsonObject,
  { canary, log }: SnapshotParts,
): Promise<Outcome<Organisation, string>> {
  const { wasm, entrypoints, data } = bundle;
  const foreign = entrypoints.filter((name) => ![DECISION, LIST, MASK].includes(name));
  if (!entrypoints.includes(DECISION)) return failed(`it has no entrypoint ${DECISION}`);
  if (foreign.length > 0)
    return failed(`it has entrypoints that nobody asks: ${foreign.join(", ")}`);
  const reserved = Object.keys(data).filter((root) => ["kubiya", "facts", "system"].includes(root));
  if (reserved.length > 0)
    return failed(`its data.json has the server's own ${reserved.join(", ")}`);
  const opened = await openRemoteEngine(
    { wasm, data: { ...data, facts }, entrypoints },
    DEADLINES,
    log,
  );
  if (!opened.ok) return opened;
  for (const entrypoint of entrypoints.filter((name) => name !== MASK)) {
    const fault = await worstCase(opened.value, { entrypoint, input: canary.input });
    if (fault === null) continue;
    opened.value.retire();
    return failed(`${entrypoint}: ${fault}`);
  }
  return done(createOrganisation(opened.value, entrypoints, log));
}

function revisionOf({ builtin, organisation }: Sources): string {
  return [builtin, organisation].flatMap((loaded) => loaded?.bundle.revision ?? []).join("+");
}

function printer(log: Log): (line: string) => void {
  return (line) => log.info("a policy printed", { line });
}

function factsOf({ facts }: World): JsonObject {
  const plain: unknown = facts;
  return isJsonObject(plain) ? plain : {};
}

function unusable(path: string, message: string): Outcome<never, PolicyFaults> {
  const mend = "correct the policies; `kubiya policy check` and `policy test` say more";
  return failed([{ path, field: "", message, mend }]);
}
