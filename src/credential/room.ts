import type { DefinitionRow } from "../store/types.ts";

/** How much of one origin is kept: names, and characters of what was approved of them and is presented. */
export interface RoomLimits {
  readonly names: number;
  readonly characters: number;
}

/**
 * Twice what one listing of an upstream may have, each tool of it kept as approved and as presented: a server may
 * rename all that it has, once. One that goes on to do so fills no store.
 */
export const ROOM: RoomLimits = { names: 2_000, characters: 16 * 1024 * 1024 };

type Texts = Pick<DefinitionRow, "approved" | "presented">;

/** Takes a row in the place of the one before, where there is room for it; false: it is not to be written. */
export type Take = (before: Texts | undefined, next: Texts) => boolean;

/** The room that the rows of an origin leave. What grows nothing always has room. */
export function createRoom(rows: readonly Texts[], limits: RoomLimits): Take {
  let names = rows.length;
  let characters = rows.reduce((sum, row) => sum + sizeOf(row), 0);
  return (before, next) => {
    const more = before === undefined ? 1 : 0;
    const longer = sizeOf(next) - (before === undefined ? 0 : sizeOf(before));
    if (more > 0 && names + more > limits.names) return false;
    if (longer > 0 && characters + longer > limits.characters) return false;
    names += more;
    characters += longer;
    return true;
  };
}

function sizeOf({ approved, presented }: Texts): number {
  return (approved?.length ?? 0) + presented.length;
}
