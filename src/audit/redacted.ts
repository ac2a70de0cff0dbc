// On the trust boundary: no secret in the trail. What cannot be redacted is not recorded, and so is not done.

import { failed, type Outcome } from "../lib/outcome.ts";
import type { Redactor } from "../lib/redact.ts";
import { textOf } from "../lib/thrown.ts";
import type { Audit, AuditedAction, AuditedEvent, AuditFailure } from "./types.ts";

/**
 * The same trail, told without secrets. Parameters are redacted before they come here: their tool's schema
 * and the policies have a say in them.
 */
export function withRedaction(audit: Audit, redactor: Redactor): Audit {
  return {
    begin: (action) => told(() => redactAction(action, redactor), audit.begin),
    note: (action, end) =>
      told(
        () => redactAction(action, redactor),
        (redacted) => audit.note(redacted, end),
      ),
    event: (event) => told(() => redactEvent(event, redactor), audit.event),
    close: audit.close,
  };
}

async function told<Redacted, T>(
  redact: () => Redacted,
  record: (redacted: Redacted) => Promise<Outcome<T, AuditFailure>>,
): Promise<Outcome<T, AuditFailure>> {
  let redacted: Redacted;
  try {
    redacted = redact();
  } catch (thrown) {
    return failed(notRedacted(thrown));
  }
  return record(redacted);
}

/** What a redaction that threw ends in. */
function notRedacted(thrown: unknown): AuditFailure {
  return { reason: "audit_unavailable", detail: `secrets cannot be hidden: ${textOf(thrown)}` };
}

/** Every text in it that somebody else chose. */
function redactAction(action: AuditedAction, { text }: Redactor): AuditedAction {
  const { circumstances, step, decision } = action;
  const { caller, client } = circumstances;
  const { principal, credential, session } = caller;
  const said = (given: string | null): string | null => given && text(given);
  return {
    ...action,
    action: text(action.action),
    toolName: said(action.toolName),
    origin: said(action.origin),
    circumstances: {
      ...circumstances,
      client: { ...client, name: said(client.name), version: said(client.version) },
      caller: {
        ...caller,
        principal: { ...principal, id: said(principal.id), roles: principal.roles.map(text) },
        credential: { ...credential, id: said(credential.id) },
        session: session && { ...session, id: text(session.id) },
      },
    },
    step: step && {
      ...step,
      runner: {
        ...step.runner,
        requested: text(step.runner.requested),
        name: text(step.runner.name),
      },
    },
    decision: decision && {
      ...decision,
      reasons: decision.reasons.map((reason) => ({ ...reason, code: text(reason.code) })),
    },
  };
}

function redactEvent(event: AuditedEvent, { object }: Redactor): AuditedEvent {
  return { ...event, facts: object(event.facts, []) };
}
