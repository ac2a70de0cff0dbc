// On the trust boundary: each request over HTTP is decided before the protocol's library sees it, so that its
// refusal has a status. Inside, what was decided is only carried out; a further round is decided anew.

import type { Arrived, Call, Enforcement, Permitted, Refusal } from "../enforcement/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { type Ask, type ClientName, createAsk } from "./ask.ts";
import type { Asked } from "./http-asked.ts";
import type { HttpClients } from "./http-clients.ts";
import type { HttpSessions } from "./http-sessions.ts";
import type { Connection } from "./connection.ts";
import { type Wanted, wantedIn } from "./wanted.ts";
import { answerCall, answerReading, answerRequest, type ErrorAnswer } from "./wire.ts";

/** What decisions about requests are made with. */
export interface DecideParts {
  readonly enforcement: Enforcement;
  readonly sessions: Pick<HttpSessions, "open">;
  readonly clients: Pick<HttpClients, "begin">;
}

/** A request, and who asks. */
export interface ArrivedRequest {
  readonly asked: Asked;
  readonly arrived: Arrived;
  /** Names the caller once more: a further round may come much later. */
  readonly arriveAgain: () => Promise<Arrived>;
  /** A signal for what runs: aborted when the client is gone, or cancels it. */
  readonly over: () => AbortSignal;
}

/** What was decided: what is asked inside, and what its answer carries besides. */
export interface Decided {
  readonly ask: Connection["ask"];
  readonly headers: Readonly<Record<string, string>>;
}

type Verdict = Outcome<Decided, ErrorAnswer>;

/** Decides about a request. */
export type DecideRequest = (request: ArrivedRequest) => Promise<Verdict>;

/** Decides about requests. */
export function createDecideRequest({
  enforcement,
  sessions,
  clients,
}: DecideParts): DecideRequest {
  return async (request) => {
    const { asked, arrived, arriveAgain, over } = request;
    if (asked.method === "initialize" && asked.era === "legacy") return begin(request);
    const { admit, ...inside } = createAsk(
      enforcement,
      async () => done(arrived),
      () => {},
    );
    const anew = createAsk(
      enforcement,
      async () => done(await arriveAgain()),
      () => {},
    );
    const wanted = wantedOf(request);
    const { client } = asked;
    switch (wanted.kind) {
      case "list": {
        const listed = await inside.list(client);
        if (!listed.ok) return failed(answerRequest(listed.failure));
        return within({ ...inside, list: async () => listed });
      }
      case "show": {
        const shown = await inside.show(client, wanted.listing);
        if (!shown.ok) return failed(answerRequest(shown.failure));
        return within({ ...inside, show: async () => shown });
      }
      case "call": {
        const signal = over();
        const permitted = await inside.call(client, wanted.call, signal);
        const refusal = permitted.ok ? null : answerCall(wanted.call.name, permitted.failure);
        if (refusal?.kind === "error" && hasStatus(refusal)) return failed(refusal);
        const again = (by: ClientName, call: Call) => anew.call(by, call, signal);
        return within({ ...inside, call: rounds(permitted, again, signal) });
      }
      case "read": {
        const permitted = await inside.read(client, wanted.asked);
        const { reading } = wanted.asked;
        const refusal = permitted.ok ? null : answerReading(reading, permitted.failure);
        if (refusal !== null && hasStatus(refusal)) return failed(refusal);
        return within({ ...inside, read: rounds(permitted, anew.read, over()) });
      }
      case "other": {
        const admitted = await admit(client, asked.method);
        return admitted.ok ? within(inside) : failed(answerRequest(admitted.failure));
      }
    }
  };

  async function begin({ asked, arrived }: ArrivedRequest): Promise<Verdict> {
    const opened = await sessions.open(arrived);
    if (!opened.ok) return opened;
    const { admit: _, ...ask } = createAsk(
      enforcement,
      async () => done(arrived),
      () => {},
    );
    if (opened.value.session !== null) {
      clients.begin(opened.value.session, asked.params["capabilities"]);
    }
    return done({ ask, headers: opened.value.headers });
  }
}

function wantedOf({ asked, arrived }: ArrivedRequest): Wanted {
  if (asked.id === null) return { kind: "other" };
  const { offers } = arrived.snapshot.world.toolbox.library;
  return wantedIn(asked.method, asked.params, offers);
}

function within(ask: Omit<Ask, "admit">): Verdict {
  return done({ ask, headers: {} });
}

/** What there is not, and a call that is denied by itself, are answers of the protocol. */
function hasStatus({ code }: ErrorAnswer): boolean {
  return code !== -32_602;
}

/** The first round was decided; whatever runs also ends when its client is gone, or cancels it. */
function rounds<Asking, Result>(
  first: Outcome<Permitted<Result>, Refusal>,
  anew: (client: ClientName, asked: Asking) => Promise<Outcome<Permitted<Result>, Refusal>>,
  over: AbortSignal,
): typeof anew {
  let isFirst = true;
  return async (client, asked) => {
    const permitted = isFirst ? first : await anew(client, asked);
    isFirst = false;
    if (!permitted.ok) return permitted;
    const { run } = permitted.value;
    return done({
      run: (running) => run({ ...running, signal: AbortSignal.any([running.signal, over]) }),
    });
  };
}
