import type { Done, KnownCredential } from "../credential/types.ts";
import type { Snapshot } from "../decision/types.ts";
import type { CallerOf, Holding } from "../principal/types.ts";
import { listedOf } from "./auth-shown.ts";
import type { ReviewRights } from "./review-rights.ts";
import type { Review, ReviewedCredential, ReviewedRole } from "./review-shown.ts";

/** What is reviewed, and with what. */
export interface Reviewing {
  readonly left: Done;
  readonly world: Snapshot["world"];
  readonly callerOf: CallerOf;
  readonly reviewRights: ReviewRights;
}

/** Which credentials are reviewed. */
export interface Choice {
  /** Those that were not used for so long. */
  readonly unusedMs: number | null;
  /** Those that hold longer than this from now. */
  readonly outlivesMs: number | null;
  readonly ended: "left out" | "reviewed";
}

/** Reviews credentials and, where all of them are chosen, roles. Rows that somebody else wrote are nobody's. */
export async function review(reviewing: Reviewing, choice: Choice): Promise<Review> {
  const { left } = reviewing;
  const chosen = left.credentials.filter((stored) => isChosen(stored, reviewing, choice));
  const credentials: ReviewedCredential[] = [];
  for (const stored of chosen) credentials.push(await reviewCredential(stored, reviewing));
  // A role is not used, and has no end.
  const whole = choice.unusedMs === null && choice.outlivesMs === null;
  return { credentials, roles: whole ? await reviewRoles(reviewing) : [] };
}

function isChosen(
  stored: KnownCredential,
  { left }: Reviewing,
  { unusedMs, outlivesMs, ended }: Choice,
): boolean {
  const { status } = listedOf(stored, left);
  const lives = status === "active" || status === "rotating";
  return (
    status !== "changed outside" &&
    (lives || ended === "reviewed") &&
    (unusedMs === null || unusedFor(stored, left) >= unusedMs) &&
    (outlivesMs === null || stored.row.expires_ms - left.atMs > outlivesMs)
  );
}

/** Since it was made, where it was never used. */
function unusedFor({ row, last_used_ms: used }: KnownCredential, { atMs }: Done): number {
  return atMs - (used ?? row.created_ms);
}

async function reviewCredential(
  stored: KnownCredential,
  { left, world, callerOf, reviewRights }: Reviewing,
): Promise<ReviewedCredential> {
  const { row } = stored;
  const parent = left.credentials.find((other) => other.row.id === row.parent)?.row ?? null;
  const session = left.sessions.find(({ id, sealed }) => sealed && id === row.id) ?? null;
  const reach = await reviewRights({
    caller: callerOf({ row, parent }, session),
    places: placesOf([row.allowed_ips, parent?.allowed_ips, world.config.allowed_ips]),
  });
  return {
    kind: row.kind,
    ...listedOf(stored, left),
    unused_for: seconds(unusedFor(stored, left)),
    expires_in: seconds(row.expires_ms - left.atMs),
    reach,
  };
}

async function reviewRoles({
  left,
  world,
  callerOf,
  reviewRights,
}: Reviewing): Promise<readonly ReviewedRole[]> {
  const { roles, allowed_ips: networks } = world.config;
  const reviewed: ReviewedRole[] = [];
  for (const [name, { permissions }] of Object.entries(roles)) {
    const row = {
      ...SOMEBODY,
      roles: [name],
      created_ms: left.atMs,
      expires_ms: left.atMs + HOUR_MS,
    };
    const caller = callerOf({ row, parent: null }, null);
    const reach = await reviewRights({ caller, places: placesOf([networks]) });
    reviewed.push({ name, permissions, reach });
  }
  return reviewed;
}

const HOUR_MS = 3_600_000;

/** Whoever has a key that sets no limit of its own. */
const SOMEBODY: Omit<Holding, "roles" | "created_ms" | "expires_ms"> = {
  ...{ id: "access-review", kind: "key", user: "access-review", permissions: null },
  ...{ allowed_ips: null, allow_stdio: true, revoked_ms: null, replaced_by: null },
};

/** The first address of each network that is named; where none is, that of this machine. */
function placesOf(lists: readonly (readonly string[] | null | undefined)[]): readonly string[] {
  const named = lists.flatMap((list) => list ?? []).map((network) => network.replace(/\/.*/, ""));
  return named.length === 0 ? ["127.0.0.1"] : [...new Set(named)];
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
