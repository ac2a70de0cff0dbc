// Builds what looks at the work of the other parts and tells somebody of what is wrong with it.

import { createTellAgain } from "../alerts/again.ts";
import { createDelivery } from "../alerts/deliver.ts";
import { createSend, type Send } from "../alerts/send.ts";
import { createTell, type Tell } from "../alerts/tell.ts";
import { createWatch } from "../alerts/watch.ts";
import { tryWay } from "../alerts/try-way.ts";
import type { See, Tested } from "../alerts/types.ts";
import type { Audit } from "../audit/types.ts";
import type { Proxies } from "../config/types.ts";
import type { CurrentSnapshot } from "../decision/types.ts";
import type { Heard, Parts as EnforcementParts } from "../enforcement/types.ts";
import { sourceOf } from "../lib/address.ts";
import type { Log } from "../lib/log.ts";
import type { Redactor } from "../lib/redact.ts";
import type { Keyring } from "./keyring.ts";

/** What alerts are made of. */
export interface AlertParts {
  readonly current: CurrentSnapshot;
  readonly audit: Pick<Audit, "event">;
  readonly keyring: Pick<Keyring, "outbox" | "clock">;
  readonly redactor: Redactor;
  readonly newId: () => string;
  readonly log: Log;
}

/** What tells somebody. */
export interface Alerts {
  readonly see: See;
  readonly heard: EnforcementParts["heard"];
  /** Settles when all that was seen is told. */
  readonly settled: () => Promise<void>;
}

/** Watches; `by` is what each alert is told by. */
export function createAlerts(parts: AlertParts, by: (tell: Tell) => Tell): Alerts {
  const { current, audit, keyring, redactor, newId, log } = parts;
  const tell = createTell({ audit, outbox: keyring.outbox, redact: redactor.text, newId, log });
  const { see, settled } = createWatch({
    current,
    tell: by(tell),
    clock: keyring.clock,
    log,
  });
  return { see, settled, heard: (heard) => see(seenIn(heard)) };
}

/** Watches, and delivers to the webhook of the moment. */
export function startAlerts(parts: AlertParts): Alerts & AsyncDisposable {
  const { current, keyring, log } = parts;
  const delivery = createDelivery({
    outbox: keyring.outbox,
    send: createLateSend(current().world.config.proxies),
    webhook: () => current().world.config.alerts,
    clock: keyring.clock,
    random: Math.random,
    log,
  });
  let stop = (): void => {};
  const alerts = createAlerts(parts, (tell) => {
    const again = createTellAgain({
      tell: (told) => tell(told).finally(delivery.ring),
      log,
      after: (ms, then) => {
        const timer = setTimeout(then, ms).unref();
        return () => clearTimeout(timer);
      },
    });
    stop = again.close;
    return again.tell;
  });
  return {
    ...alerts,
    [Symbol.asyncDispose]: async () => {
      await alerts.settled();
      stop();
      await delivery.close();
    },
  };
}

/** Sends a test alert, and waits for what becomes of it. */
export function tryAlert({
  current,
  audit,
  keyring,
  redactor,
  newId,
  log,
}: AlertParts): Promise<Tested> {
  const { outbox, clock } = keyring;
  const tell = createTell({ audit, outbox, redact: redactor.text, newId, log });
  const send = createLateSend(current().world.config.proxies);
  return tryWay({ snapshot: current(), tell, audit, outbox, send, newId, clock, log });
}

/** Its library is read with the first alert that is sent. By the time of day, as the receiver looks at its own. */
function createLateSend(proxies: Proxies): Send {
  let loaded: Promise<Send> | null = null;
  return async (...asked) => {
    loaded ??= import("../outbound/post-text.ts").then(({ createPostText }) =>
      createSend(createPostText(proxies), Date.now),
    );
    return (await loaded)(...asked);
  };
}

function seenIn(heard: Heard | null): Parameters<See>[0] {
  if (heard === null) return { what: "failure", part: "policies" };
  const { action, tool, client, credential } = heard.input;
  const { id, allow, reasons, obligations } = heard.decision;
  const address = client.ip ?? client.peer_ip;
  return {
    what: "decision",
    ...{ id, action, tool: tool?.name ?? null, allow },
    codes: reasons.map(({ code }) => code),
    notify: obligations.flatMap((one) => (one.kind === "notify" ? [one.channel] : [])),
    source: address === null ? null : sourceOf(address),
    credential: { status: credential.status, id: credential.id },
  };
}
