// On the trust boundary: which definitions of tools were approved. What is seen for the first time is approved
// with that; what changes after it is held back until somebody approves it. A row that somebody else wrote
// approves nothing. No row is ever dropped to make room: the next sight of its name would be the first one again,
// and whoever presents names in turn would have any change approved. What finds no room is not kept, and so not
// approved; the way out is a person's: another name for the source.
// What no seal here can show, the trail does: docs/reviewer.md, "What an approval of a tool proves".

import { digestOf } from "../lib/digest.ts";
import { type JsonObject, isJsonObject, parseJson } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Log } from "../lib/log.ts";
import type { DefinitionRow, Store } from "../store/types.ts";
import type { Peppers } from "./pepper.ts";
import { NOTHING } from "./nothing.ts";
import { createRoom, type RoomLimits } from "./room.ts";
import { noPepper } from "./row.ts";
import { equal, macOfDefinition } from "./seal.ts";
import type { Deed, DeedFailure, Definitions, KnownDefinition, Noted } from "./types.ts";

/** What definitions are kept with. */
export interface DefinitionParts {
  readonly store: Pick<Store, "definitions" | "change">;
  readonly peppers: Peppers;
  readonly log: Log;
  /** `ROOM`, outside of tests. */
  readonly room: RoomLimits;
}

/** What of a definition does not change when it is written anew. */
type Said = Omit<DefinitionRow, "revision" | "pepper" | "mac">;

/** The definitions of a store. */
export function createDefinitions(parts: DefinitionParts): Definitions {
  const { store, peppers, log, room } = parts;
  /** Origins that have no more room; each is told of once. */
  const full = new Set<string>();
  return {
    known: async () => {
      const rows = await store.definitions();
      if (!rows.ok) return rows;
      return done(rows.value.map((row) => knownOf(peppers, row)));
    },
    present: async (origin, tools, nowMs) => {
      const rows = await store.definitions();
      if (!rows.ok) return rows;
      const stored = new Map(rows.value.map((row) => [row.tool, row]));
      const own = rows.value.filter((row) => row.origin === origin);
      const take = createRoom(own, room);
      const definitions: DefinitionRow[] = [];
      const noted: Noted[] = [];
      for (const [tool, definition] of tools) {
        const before = stored.get(tool);
        const next = nextOf(peppers, before, { origin, tool, definition, nowMs });
        if (next === null) continue;
        if (!take(before, next)) {
          tellFull(origin);
          continue;
        }
        const row = sealed(peppers, next, before);
        if (!row.ok) return row;
        definitions.push(row.value);
        const held = next.approved !== next.presented;
        noted.push({ tool, digest: digestOf(definition), held });
      }
      if (definitions.length === 0) return done([]);
      const changed = await store.change({ ...NOTHING, definitions });
      return changed.ok ? done(noted) : changed;
    },
  };

  function tellFull(origin: string): void {
    if (full.has(origin)) return;
    full.add(origin);
    log.warn(
      "a source has presented more tools, or longer ones, than are kept of one: a new one is offered to nobody, and one that changed waits for approval, though kubiya tools diff and kubiya tools approve do not know its change; find out why it changes so much, then give it another name in mcpServers, under which its tools are seen for the first time",
      { origin },
    );
  }
}

/** What approving a tool's definition would do: the one with this digest, and no other. */
export async function planApproval(
  { store, peppers }: { readonly store: Pick<Store, "definitions">; readonly peppers: Peppers },
  { tool, digest }: { readonly tool: string; readonly digest: string },
  nowMs: number,
): Promise<Outcome<Partial<Deed>, DeedFailure>> {
  const rows = await store.definitions();
  if (!rows.ok) return rows;
  const found = rows.value.find((row) => row.tool === tool);
  const presented = found === undefined ? null : jsonOf(found.presented);
  if (found === undefined || presented === null) {
    return failed({ reason: "unknown_tool", tool });
  }
  const now = digestOf(presented);
  const approved = knownOf(peppers, found).approved;
  const was = approved === null ? null : digestOf(approved);
  if (digest !== now) {
    return failed({ reason: "another_definition", tool, digest: now, held: was !== now });
  }
  const next = { ...found, approved: found.presented, approved_ms: nowMs };
  const row = sealed(peppers, next, found);
  if (!row.ok) return row;
  return done({
    recorded: { tool, digest: now, was },
    change: { ...NOTHING, definitions: [row.value] },
  });
}

interface Presenting {
  readonly origin: string;
  readonly tool: string;
  readonly definition: JsonObject;
  readonly nowMs: number;
}

/** The row that has to be written; null where it stands there already. What was approved stays. */
function nextOf(
  peppers: Peppers,
  before: DefinitionRow | undefined,
  { origin, tool, definition, nowMs }: Presenting,
): Said | null {
  const text = JSON.stringify(definition);
  const now = { tool, origin, presented: text, presented_ms: nowMs };
  if (before === undefined) return { ...now, approved: text, approved_ms: nowMs };
  // What somebody else wrote is not sealed as ours.
  if (!isOurs(peppers, before)) return { ...now, approved: null, approved_ms: null };
  const same = jsonOf(before.presented);
  if (same !== null && digestOf(same) === digestOf(definition)) return null;
  return { ...before, ...now };
}

function sealed(
  peppers: Peppers,
  said: Said,
  before: DefinitionRow | undefined,
): Outcome<DefinitionRow, DeedFailure> {
  const { current } = peppers;
  const pepper = peppers.version(current);
  if (pepper === null) return noPepper(current);
  const row = { ...said, revision: (before?.revision ?? 0) + 1, pepper: current };
  return done({ ...row, mac: macOfDefinition(pepper, row) });
}

function isOurs(peppers: Peppers, row: DefinitionRow): boolean {
  const pepper = peppers.version(row.pepper);
  return pepper !== null && equal(row.mac, macOfDefinition(pepper, row));
}

function knownOf(peppers: Peppers, row: DefinitionRow): KnownDefinition {
  const { tool, origin, approved_ms, presented_ms } = row;
  const approved = isOurs(peppers, row) && row.approved !== null ? jsonOf(row.approved) : null;
  const presented = jsonOf(row.presented);
  return { tool, origin, approved, presented, approved_ms, presented_ms };
}

function jsonOf(text: string): JsonObject | null {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
