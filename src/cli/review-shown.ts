import type { Listed } from "./auth-shown.ts";
import { tellJson } from "./auth-shown.ts";
import { columns } from "./columns.ts";
import type { Reach } from "./review-rights.ts";
import type { Host } from "./types.ts";

/** A credential, and what it reaches. */
export interface ReviewedCredential extends Listed {
  readonly kind: "key" | "token" | "session";
  /** Seconds since its last use, or since it was made where it was never used. */
  readonly unused_for: number;
  /** Seconds until its end; below 0 once it has expired. */
  readonly expires_in: number;
  readonly reach: readonly Reach[];
}

/** A role, and what it alone gives to a key that sets no limit of its own. */
export interface ReviewedRole {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly reach: readonly Reach[];
}

/** All that was reviewed. */
export interface Review {
  readonly credentials: readonly ReviewedCredential[];
  readonly roles: readonly ReviewedRole[];
}

/** Shows a review as machine output. */
export function tellReviewJson({ credentials, roles }: Review, host: Host): void {
  tellJson({ credentials: credentials.map(withTools), roles: roles.map(withTools) }, host);
}

/** Shows a review: a line for each credential or role and each answer. */
export function tellReview({ credentials, roles }: Review, host: Host): void {
  const rows = [
    ...credentials.flatMap((one) => rowsOf(cellsOf(one), one.reach)),
    ...roles.flatMap((one) => rowsOf(["role", "-", one.name, "-", "-", "-", "-"], one.reach)),
  ];
  if (rows.length === 0) host.remark("there is nothing to review\n");
  else host.answer(columns([HEADS, ...rows]));
}

const HEADS = [
  ...["kind", "id", "name", "user", "roles", "expires", "last used"],
  ...["access", "why", "tools"],
];

/** How many names a line shows; `--json` has them all. */
const SHOWN = 8;

function cellsOf(one: ReviewedCredential): readonly string[] {
  const { kind, id, name, user, roles, expires_at, last_used_at: used } = one;
  return [kind, id, name, user, roles.join(", ") || "-", expires_at, used ?? "-"];
}

function rowsOf(cells: readonly string[], reach: readonly Reach[]): readonly (readonly string[])[] {
  const { yes, maybe, no } = toolsOf(reach);
  const groups = [
    { access: "yes", why: "-", tools: yes },
    { access: "maybe", why: "-", tools: maybe },
    ...Object.entries(no).map(([why, tools]) => ({ access: "no", why, tools })),
  ].filter(({ tools }) => tools.length > 0);
  return groups.map(({ access, why, tools }) => [...cells, access, why, namesOf(tools)]);
}

function namesOf(tools: readonly string[]): string {
  const more = tools.length - SHOWN;
  return tools.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

interface Tools {
  readonly yes: readonly string[];
  readonly maybe: readonly string[];
  /** By the code of the reason. */
  readonly no: Readonly<Record<string, readonly string[]>>;
}

function withTools<T extends { readonly reach: readonly Reach[] }>({
  reach,
  ...rest
}: T): Omit<T, "reach"> & { readonly tools: Tools } {
  return { ...rest, tools: toolsOf(reach) };
}

function toolsOf(reach: readonly Reach[]): Tools {
  const named = (of: readonly Reach[]): readonly string[] => of.map(({ tool }) => tool);
  const by = Map.groupBy(reach, ({ access, code }) => code ?? access);
  const { yes = [], maybe = [], ...no } = Object.fromEntries(by);
  return {
    yes: named(yes),
    maybe: named(maybe),
    no: Object.fromEntries(Object.entries(no).map(([code, of]) => [code, named(of)])),
  };
}
