import type { Snapshot } from "../decision/types.ts";
import type { BuildInput, Circumstances } from "../input/types.ts";
import type { Caller, CredentialRecord } from "../principal/types.ts";
import type { Tool } from "../tools/types.ts";

/** Whether a caller can call a tool; the code says why not. */
export type Reach =
  | { readonly tool: string; readonly access: "yes" | "maybe"; readonly code: null }
  | { readonly tool: string; readonly access: "no"; readonly code: string };

/** A caller, and the addresses that it might come from. */
export interface Reviewed {
  readonly caller: Caller;
  readonly places: readonly string[];
}

/** Finds out what a caller can call: each tool, by name. */
export type ReviewRights = (reviewed: Reviewed) => Promise<readonly Reach[]>;

/** What a review is asked of: one moment, for all callers. */
interface ReviewParts {
  readonly snapshot: Snapshot;
  readonly buildInput: BuildInput;
  readonly requestId: string;
  readonly nowMs: number;
}

/** What an organisation says of a call may be otherwise with other arguments, or at another time. */
const DEPENDS = /^organisation\./;
/** What an organisation has no part in. */
const BUILT_IN = /^(?!organisation\.|tools\.hidden$|policy\.)/;

/**
 * Reviews as a server decides: one list for those of the same rights, and a call for each tool that it does
 * not offer them. An organisation's policies may look at anything: where they have a say each caller is asked
 * about, and what those of the same rights share is the codes of the built-in policies.
 */
export function createReviewRights(parts: ReviewParts): ReviewRights {
  const { buildInput, requestId, nowMs } = parts;
  const { decide, world } = parts.snapshot;
  const tools = [...world.toolbox.catalogue.values()].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const alone = !world.config.policies.enabled;
  const reviewed = new Map<string, Promise<readonly Reach[]>>();
  const codes = new Map<string, Map<string, string>>();

  return async (one) => {
    const at = await circumstancesOf(one);
    const same = rightsOf(at);
    const known = alone ? reviewed.get(same) : undefined;
    if (known !== undefined) return known;
    const shared = codes.get(same) ?? new Map<string, string>();
    codes.set(same, shared);
    const found = review(at, shared);
    reviewed.set(same, found);
    return found;
  };

  async function review(at: Circumstances, shared: Map<string, string>): Promise<readonly Reach[]> {
    const { visible } = await decide.list(buildInput(at, { action: "tools/list" }));
    const all: Reach[] = [];
    for (const { name } of tools) {
      const access = visible[name];
      const open = access === "yes" || access === "maybe";
      all.push(open ? { tool: name, access, code: null } : await refused(at, name, shared));
    }
    return all;
  }

  async function refused(
    at: Circumstances,
    name: string,
    shared: Map<string, string>,
  ): Promise<Reach> {
    const tool = world.toolbox.catalogue.get(name);
    const code = shared.get(name) ?? (tool === undefined ? null : await codeOf(at, tool));
    // Not listed, and yet not denied: another call of it may be allowed.
    if (code === null) return { tool: name, access: "maybe", code };
    if (BUILT_IN.test(code)) shared.set(name, code);
    return { tool: name, access: "no", code };
  }

  /** Why every call of a tool is denied; null where one may be allowed. */
  async function codeOf(at: Circumstances, tool: Tool): Promise<string | null> {
    const step = { tool, arguments: {}, runner: tool.runner };
    const { decision } = await decide.call(buildInput(at, { action: "tools/call", step }), step);
    return decision.reasons.find(({ code }) => !DEPENDS.test(code))?.code ?? null;
  }

  /** At the first address from which it may come, over HTTP, where a client of today needs no session. */
  async function circumstancesOf({ caller, places }: Reviewed): Promise<Circumstances> {
    const from = (ip: string): Circumstances => {
      const client = { ip, peer_ip: ip, name: "access review", version: null };
      const manner = { transport: "http", era: "modern", frozen: null } as const;
      return { requestId, nowMs, client, caller, ...manner };
    };
    for (const place of places) {
      const { reasons } = await decide.admit(buildInput(from(place), { action: "tools/list" }));
      if (!reasons.some(({ code }) => code.startsWith("addresses."))) return from(place);
    }
    return from(places[0] ?? "127.0.0.1");
  }
}

/** All of a caller that built-in policies look at, but for whose it is and since when. */
function rightsOf({ caller, client, nowMs }: Circumstances): string {
  const { principal, credential, session } = caller;
  const { roles, permissions } = principal;
  const { parent } = credential;
  const holds = ({ kind, expires_ms, revoked_ms, allowed_ips: networks }: CredentialRecord) => [
    ...[kind, expires_ms !== null && expires_ms <= nowMs, revoked_ms !== null, networks],
  ];
  const above = parent && [...holds(parent), parent.permissions];
  return JSON.stringify([
    ...[client.ip, roles, permissions, holds(credential), above, session !== null],
  ]);
}
