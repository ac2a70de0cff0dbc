// On the trust boundary: a record as a person sees it. What a caller sent can steer no terminal.

import type { Recorded } from "../audit/types.ts";
import { isJsonList, isJsonObject, type Json } from "../lib/json.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { decidedCodes, decisionIn } from "./audit-choice.ts";
import { columns } from "./columns.ts";
import { nextFor } from "./explain-next.ts";
import { answerNow, answerThen, isSame, type Answer, type Replayed } from "./replay.ts";
import { given } from "./typed.ts";
import type { Host, Typed } from "./types.ts";

/** A recorded decision, and what would be decided now. */
export interface Explained {
  readonly record: Recorded;
  readonly now: Replayed;
}

/** A reason as it is explained; the sentence is null where the present policies do not give it. */
interface Because {
  readonly code: string;
  readonly message: string | null;
  readonly next: string;
}

/** Tells all of it. */
export function tellExplained(explained: Explained, typed: Typed, host: Host): void {
  const { record, now } = explained;
  const reasons = reasonsOf(explained);
  if (given(typed, "json")) {
    const then = answerThen(record);
    const present =
      now.is === "replayed"
        ? { ...answerNow(now.decision), reasons: now.decision.reasons, definition: now.definition }
        : { not_replayable: now.why };
    const told = { decision: decisionIn(record.whole), ...then, reasons, now: present };
    host.answer(`${JSON.stringify({ ...told, record: record.whole }, null, 2)}\n`);
    return;
  }
  const because = reasons.map(({ code, message, next }) =>
    [
      escapeUnprintable(code),
      `  ${escapeUnprintable(message ?? UNSAID)}`,
      `  next: ${next}`,
      "",
    ].join("\n"),
  );
  const facts = columns([...factsOf(record), ["now", presently(explained)]]);
  host.answer([facts, ...(because.length === 0 ? [] : ["why\n", ...because])].join(""));
}

const UNSAID = "(its sentence is not recorded, and the present policies do not give it)";

function reasonsOf({ record, now }: Explained): readonly Because[] {
  const present = now.is === "replayed" ? now.decision.reasons : [];
  return decidedCodes(record.whole).map((code) => ({
    code,
    message: present.find((reason) => reason.code === code)?.message ?? null,
    next: nextFor(code),
  }));
}

function factsOf({ whole, timestamp, action }: Recorded): readonly (readonly string[])[] {
  const { id, allow, revision, facts } = decisionIn(whole);
  const { user_id: user, credential_id: key, roles, transport, client_ip: ip } = whole;
  const named =
    isJsonList(roles) && roles.length > 0 ? `, roles ${roles.map(cell).join(", ")}` : "";
  const runner = isJsonObject(whole["runner"]) ? ` on ${cell(whole["runner"]["name"])}` : "";
  const tool = whole["tool_name"] === null ? "" : ` ${cell(whole["tool_name"])}`;
  return [
    ["decision", cell(id)],
    ["when", timestamp],
    ["who", `${cell(user)} (credential ${cell(key)}${named})`],
    ["from", `${cell(transport)}${ip === null ? "" : `, ${cell(ip)}`}`],
    ["asked", `${action}${tool}${runner}`],
    ["with", `${cell(whole["parameters"])}  (as recorded, without secrets)`],
    ["decided", allow === true ? "allowed" : "denied"],
    ["result", cell(whole["result"])],
    ["policies", `revision ${cell(revision)}, facts ${cell(facts)}`],
  ];
}

function cell(value: Json | undefined): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function presently({ record, now }: Explained): string {
  if (now.is === "not_replayable") return `cannot be decided again: ${now.why}`;
  const answer = answerNow(now.decision);
  const { revision } = now.decision;
  const changed = now.definition === "same" ? "" : "; the tool is defined otherwise now";
  if (isSame(answer, answerThen(record))) return `the same (revision ${revision}${changed})`;
  return `${said(answer)} (revision ${revision}${changed})`;
}

function said({ allow, codes }: Answer): string {
  return allow ? "allowed" : `denied: ${codes.join(", ")}`;
}
