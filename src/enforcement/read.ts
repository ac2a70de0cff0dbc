// On the trust boundary: what sources have besides tools. Each reading is decided before it reaches a source,
// and recorded as a call is; a list is recorded as the list of tools is.

import type { Asked } from "../input/types.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Given, Ownerless, PlacedReading, Reading, Running } from "../tools/types.ts";
import { accept } from "./accept.ts";
import { type CarryOut, reopen, type Work } from "./carry-out.ts";
import { limitWhole } from "./limit.ts";
import type { Trail } from "./trail.ts";
import type { Enforcement, Judged, Listing, Parts } from "./types.ts";

/** Reads one thing. Policies are told which source has it; only those who may read it learn whether it is there. */
export function createRead(
  parts: Parts,
  trail: Trail,
  carryOut: CarryOut,
): Enforcement<Judged>["read"] {
  const { buildInput, keepAlive } = parts;

  return async (judged, { reading, answered }) => {
    const { snapshot, circumstances } = judged;
    const { decide, world } = snapshot;
    const { library } = world.toolbox;
    const { action: name, arguments: parameters } = reading;
    const found = library.originOf(reading);
    const placed = placedAt(found, reading);
    const verdict = await decide.read(buildInput(circumstances, askedOf(placed)), placed);
    const { decision } = verdict;
    const { origin } = placed;
    const action = { ...trail.action(circumstances, name), origin, parameters, decision };
    if (!verdict.allowed) return trail.refuse(decide, action);
    if (!found.ok) {
      const end = { result: "denied", errorCode: found.failure } as const;
      const noted = await trail.note(decide, action, end);
      return noted.ok ? failed({ reason: found.failure }) : noted;
    }
    const resumed = reopen(parts, action, answered);
    if (!resumed.ok) return trail.refuseState(decide, action);
    accept(keepAlive, circumstances);
    const run = (around: Running) => library.read(verdict.permit, around, resumed.value);
    const work: Work<Given> = { name: reading.name, action, run, limit: limitWhole };
    return done({ run: (running) => carryOut(judged, work, running) });
  };
}

/** Lists what sources have besides tools, as far as the caller may read it: each is decided as its reading is. */
export function createShow(
  { buildInput, keepAlive }: Parts,
  trail: Trail,
): Enforcement<Judged>["show"] {
  return async ({ snapshot, circumstances, unheard }, listing) => {
    const { decide, world } = snapshot;
    const decision = await decide.admit(buildInput(circumstances, { action: listing }));
    const action = { ...trail.action(circumstances, listing), decision };
    if (!decision.allow) return trail.refuse(decide, action);
    accept(keepAlive, circumstances);
    const { shelf, reading } = SHELVES[listing];
    const shown: JsonObject[] = [];
    const { library } = world.toolbox;
    for (const item of library[shelf]) {
      const asked = reading(item);
      const placed = placedAt(library.originOf(asked), asked);
      const input = buildInput(circumstances, askedOf(placed));
      if ((await unheard.read(input, placed)).allowed) shown.push(item);
    }
    const noted = await trail.note(decide, action, { result: "success", errorCode: null });
    return noted.ok ? done(shown) : noted;
  };
}

/** What each list shows, and the reading that it is shown for. */
const SHELVES = {
  "resources/list": { shelf: "resources", reading: ({ uri }) => resource(uri) },
  "resources/templates/list": {
    ...{ shelf: "templates", reading: ({ uriTemplate }) => resource(uriTemplate) },
  },
  "prompts/list": {
    shelf: "prompts",
    reading: ({ name: said }) => {
      const name = typeof said === "string" ? said : "";
      return { action: "prompts/get", name, arguments: { name, arguments: {} } };
    },
  },
} as const satisfies Record<
  Listing,
  {
    readonly shelf: "resources" | "templates" | "prompts";
    readonly reading: (item: JsonObject) => Reading;
  }
>;

/** With the one source that has it, before anything is decided: what is permitted is of that source alone. */
function placedAt(owner: Outcome<string, Ownerless>, reading: Reading): PlacedReading {
  return { ...reading, origin: owner.ok ? owner.value : null };
}

function askedOf({ action, arguments: parameters, origin }: PlacedReading): Asked {
  return { action, arguments: parameters, reading: { origin } };
}

function resource(said: Json | undefined): Reading {
  const uri = typeof said === "string" ? said : "";
  return { action: "resources/read", name: uri, arguments: { uri } };
}
