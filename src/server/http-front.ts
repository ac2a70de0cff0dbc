// On the trust boundary: every request over HTTP, from its head to its answer. What it may not ask for it is
// refused here, with the status that says why; the head is judged before the body is read.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpSetting } from "../config/types.ts";
import type { CurrentSnapshot, Reason } from "../decision/types.ts";
import type { Log, LogAccess } from "../lib/log.ts";
import type { Requests } from "../lib/requests.ts";
import { preflight, readableBy } from "./http-cors.ts";
import { sendResponse } from "./http-exchange.ts";
import { addressOf, type Head, pathOf, readHead } from "./http-head.ts";
import type { Incoming } from "./http-incoming.ts";
import { refusalResponse } from "./http-refusal.ts";
import { METADATA_PATH } from "./http-metadata.ts";
import { methodNotAllowed, notFound } from "./http-reply.ts";
import { sourceOfClient, type Throttle } from "./http-throttle.ts";
import { answerReason } from "./wire.ts";

/** Answers a request of a route. */
export type Route = (incoming: Incoming) => Promise<Response>;

/** What the front is made of. */
export interface FrontParts {
  /** The routes of each path, by method. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, Route>>>>;
  /** Paths that are open to all, whatever they call this server: each answers by itself. */
  readonly open: Readonly<
    Record<string, (base: string, request: IncomingMessage) => Promise<Response>>
  >;
  /** The refusal of a request with another method than its path has; null where its caller may be here. */
  readonly turnAway: (incoming: Incoming) => Promise<Response | null>;
  readonly throttle: Throttle;
  /** Hears of a source that is told to wait. */
  readonly throttled: (source: string) => void;
  /** Requests under way at once; one more is asked to come again. */
  readonly maxRequests: number;
  /** A client that reads nothing of its answer for this long is gone. */
  readonly stallMs: number;
  readonly current: CurrentSnapshot;
  /** The URL that the server listens on. */
  readonly url: () => string;
  readonly log: Log;
  readonly logAccess: LogAccess;
  readonly begin: Requests["begin"];
}

/** Takes requests, until it is told to take no more. */
export interface Front {
  readonly take: (request: IncomingMessage, response: ServerResponse) => void;
  readonly stop: () => void;
  /** Ends every request that is under way. */
  readonly abandon: () => void;
  /** Settles when no request is under way any more. */
  readonly answered: () => Promise<void>;
}

const STOPPING: Reason = {
  code: "server.stopping",
  message: "The server is stopping; connect to another, or try again in a moment.",
};
/** A reason of its own: without one, each request makes an error that nobody reads. */
const OVER = "the answer is sent, or its client is gone";
const BUSY: Reason = {
  code: "server.busy",
  message: "The server has as many requests as it can take; try again in a moment.",
};

/** A request that was taken. */
interface Taken extends Pick<Incoming, "request" | "gone" | "named"> {
  readonly response: ServerResponse;
}

/** The front of a server. */
export function createFront(parts: FrontParts): Front {
  const { routes, open, turnAway, throttle, current, url, log } = parts;
  const { maxRequests, stallMs, logAccess, begin } = parts;
  const under = new Set<AbortController>();
  let idle = (): void => {};
  let stopping = false;

  return {
    take: (request, response) => begin(() => void take(request, response).catch(broken(response))),
    stop: () => {
      stopping = true;
    },
    abandon: () => {
      for (const one of under) one.abort();
    },
    answered: async () => {
      if (under.size > 0) await new Promise<void>((resolve) => (idle = resolve));
    },
  };

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    under.add(gone);
    response.once("close", () => {
      under.delete(gone);
      gone.abort(OVER);
      if (under.size === 0) idle();
    });
    const beganMs = performance.now();
    let user: string | null = null;
    const named = (by: string | null): void => {
      user = by;
    };
    const { method = "" } = request;
    // Both are of the socket, which has no address any more when it is closed.
    const [path, { ip }] = [pathOf(request), addressOf(request, current().world.config.http)];
    const answer = await answerTo({ request, response, gone: gone.signal, named });
    const bytes = await sendResponse(answer, response, { gone: gone.signal, stallMs });
    const ms = performance.now() - beganMs;
    logAccess({ method, path, status: answer.status, ms, bytes, user, ip });
  }

  async function answerTo({ request, response, gone, named }: Taken): Promise<Response> {
    const snapshot = current();
    const { http } = snapshot.world.config;
    const base = baseOf(http, url());
    const openRoute = open[pathOf(request)];
    if (openRoute !== undefined && /^(?:GET|HEAD)$/.test(request.method ?? "")) {
      return openRoute(base, request);
    }
    const head = readHead(request, http);
    const metadataUrl = `${base}${METADATA_PATH}`;
    if (!head.ok) {
      const refused = { id: null, session: "none", metadataUrl } as const;
      return refusalResponse(answerReason(head.failure), refused);
    }
    const { credential, session, address, origin } = head.value;
    const clientReads = (): boolean => !response.writableNeedDrain;
    const incoming = {
      ...{ request, credential, session, address, snapshot },
      ...{ gone, clientReads, base, metadataUrl, named },
    };
    const answer = await answered(head.value, incoming);
    for (const [name, value] of Object.entries(readableBy(origin))) answer.headers.set(name, value);
    return answer;
  }

  async function answered(head: Head, incoming: Incoming): Promise<Response> {
    const route = routes[head.path];
    if (route === undefined) return notFound();
    if (head.method === "OPTIONS" && head.origin !== null) return preflight();
    if (stopping) return refuse(incoming, STOPPING);
    if (under.size > maxRequests) return refuse(incoming, BUSY);
    const seconds = await throttle.waits(head.address);
    if (seconds !== null) {
      parts.throttled(sourceOfClient(head.address));
      return slowedDown(incoming, seconds);
    }
    const given = await (route[head.method] ?? other(route))(incoming);
    if (given.status === 401) await throttle.failed(head.address);
    return given;
  }

  function other(route: Readonly<Record<string, Route>>): Route {
    return async (incoming) =>
      (await turnAway(incoming)) ?? methodNotAllowed([...Object.keys(route), "OPTIONS"]);
  }

  /** Nothing that a request can be makes a route throw: then it is a fault of the program. */
  function broken(response: ServerResponse): (thrown: unknown) => void {
    return (thrown) => {
      log.error("a request broke off", { thrown });
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    };
  }
}

function refuse({ metadataUrl }: Incoming, reason: Reason): Response {
  return refusalResponse(answerReason(reason), { id: null, session: "none", metadataUrl });
}

function slowedDown(incoming: Incoming, seconds: number): Response {
  return refuse(incoming, {
    code: "throttle.source",
    message: `Too many failed authentications came from this address; wait ${seconds} s.`,
    wait_seconds: seconds,
  });
}

function baseOf({ public_url: named }: HttpSetting, url: string): string {
  return (named ?? url).replace(/\/+$/, "");
}
