import type { Verification } from "../credential/types.ts";
import type { Decision } from "../decision/types.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { withCredentials } from "./auth-open.ts";
import { isoOf, statusOf, tellJson } from "./auth-shown.ts";
import { columns } from "./columns.ts";
import { given } from "./typed.ts";
import { type Command, EXIT, type Host } from "./types.ts";

/** `kubiya auth status` */
export const authStatus: Command = {
  name: "auth status",
  summary: "Say which credential the server would use on stdio, and whether it holds now.",
  options: [],
  run: (typed, host) =>
    withCredentials(typed, host, async ({ config, verify, admit }) => {
      const { caller_credential: presented, caller_credential_from: source } = config;
      if (presented === null) {
        host.remark("there is no credential: set KUBIYA_API_KEY or KUBIYA_AUTH_TOKEN\n");
        if (given(typed, "json")) tellJson(NOTHING, host);
        return EXIT.no;
      }
      const verified = await verify(presented);
      if (!verified.ok) {
        host.remark(`${verified.failure.detail}\n`);
        return EXIT.outside;
      }
      const decision = await admit(presented);
      const found = { source, ...foundOf(verified.value, host), ...judged(decision) };
      if (given(typed, "json")) tellJson(found, host);
      else tell(found, host);
      return found.holds ? EXIT.yes : EXIT.no;
    }),
};

interface Found {
  /** The variable or the field that it stands in. */
  readonly source: string | null;
  readonly kind: string | null;
  readonly id: string | null;
  readonly user: string | null;
  readonly status: string;
  readonly expires_at: string | null;
  /** Whether policy lets its holder in now. */
  readonly holds: boolean;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

const NOBODY = { kind: null, id: null, user: null, expires_at: null };
const NOTHING: Found = { source: null, ...NOBODY, status: "absent", holds: false, reasons: [] };

function foundOf(found: Verification, host: Host): Omit<Found, "source" | "holds" | "reasons"> {
  if (found.status !== "verified") return { ...NOBODY, status: found.status };
  const { row } = found;
  const { kind, id, user } = row;
  const expires_at = isoOf(row.expires_ms);
  return { kind, id, user, status: statusOf(row, host.clock()), expires_at };
}

function judged({ allow, reasons }: Decision): Pick<Found, "holds" | "reasons"> {
  return { holds: allow, reasons: reasons.map(({ code, message }) => ({ code, message })) };
}

function tell({ holds, reasons, ...found }: Found, host: Host): void {
  const rows = Object.entries(found).map(([field, value]) => [
    field.replace("expires_at", "expires"),
    value ?? "-",
  ]);
  host.answer(columns([...rows, ["holds", holds ? "yes" : "no"]]));
  for (const { code, message } of reasons) {
    host.remark(`${escapeUnprintable(`${code}: ${message}`)}\n`);
  }
}
