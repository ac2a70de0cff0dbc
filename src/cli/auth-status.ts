import { faultLine } from "../lib/fault.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { withCredentials } from "./auth-open.ts";
import { isoOf } from "../lib/clock.ts";
import { endOf, tellJson } from "./auth-shown.ts";
import { columns } from "./columns.ts";
import { given } from "./typed.ts";
import { type Admission, type Command, EXIT, type Host } from "./types.ts";

/** `kubiya auth status` */
export const authStatus: Command = {
  name: "auth status",
  summary: "Say which credential the server would use on stdio, and whether it holds now.",
  options: [],
  run: (typed, host) =>
    withCredentials(typed, host, async ({ config, admit, gapOf }) => {
      const { caller_credential: presented, caller_credential_from: source } = config;
      if (presented === null) {
        host.remark("there is no credential: set KUBIYA_API_KEY or KUBIYA_AUTH_TOKEN\n");
        if (given(typed, "json")) tellJson(NOTHING, host);
        return EXIT.no;
      }
      const found = { source, ...foundOf(await admit(presented)) };
      const gap = gapOf(presented);
      if (given(typed, "json")) tellJson(found, host);
      else tell(found, host);
      if (gap !== null) host.remark(`${faultLine({ path: source ?? "", field: "", ...gap })}\n`);
      if (found.status === "unverifiable") return EXIT.outside;
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

function foundOf({ caller, decision, atMs }: Admission): Omit<Found, "source"> {
  const { status, kind, id, ...times } = caller.credential;
  return {
    ...{ kind, id, user: caller.principal.id },
    status: status === "verified" ? (endOf(times, atMs) ?? "active") : status,
    expires_at: times.expires_ms === null ? null : isoOf(times.expires_ms),
    holds: decision.allow,
    reasons: decision.reasons.map(({ code, message }) => ({ code, message })),
  };
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
