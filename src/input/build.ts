// On the trust boundary: the only place that names the fields policies read. It never judges, and it
// leaves no field out: what does not apply is null.

import type { Runner } from "../runners/types.ts";
import type { Step } from "../tools/types.ts";
import type { Asked, Circumstances, InputDocument } from "./types.ts";

const WEEKDAYS = [
  "sunday",
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
] as const;

/** Builds the document that every policy reads (interface.md, version 1). Pure. */
export function buildInput(circumstances: Circumstances, asked: Asked): InputDocument {
  const { requestId, transport, era, client, caller } = circumstances;
  const { action, step = null, reading = null, requested = null, subject = null } = asked;
  return {
    v: 1,
    action,
    now: moment(circumstances.nowMs),
    request: { id: requestId, transport, era },
    client,
    principal: caller.principal,
    credential: caller.credential,
    session: caller.session,
    frozen: circumstances.frozen,
    tool: step && judgedTool(step),
    arguments: step?.arguments ?? asked.arguments ?? null,
    runner: step && judgedRunner(step.runner),
    reading,
    requested,
    subject,
  };
}

function moment(ms: number): InputDocument["now"] {
  const date = new Date(ms);
  return {
    ms,
    iso: date.toISOString(),
    weekday: WEEKDAYS[date.getUTCDay()] ?? "sunday",
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}

function judgedTool({ tool }: Step): NonNullable<InputDocument["tool"]> {
  const { name, source, origin, type, image, digest, approved, requires } = tool;
  return { name, source, origin, type, image, digest, approved, requires };
}

function judgedRunner({ requested, name, kind, healthy }: Runner): InputDocument["runner"] {
  return { requested, name, kind, healthy };
}
