import { setTimeout as delay } from "node:timers/promises";
import type { AskParts } from "../../src/kubiya/ask.ts";
import { versionsOf } from "../../src/kubiya/base.ts";
import { createKubiya } from "../../src/kubiya/kubiya.ts";
import type { Kubiya, Watching } from "../../src/kubiya/types.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { createSend } from "../../src/outbound/send.ts";
import type { Behaviour, Cloud } from "../support/cloud.ts";
import { json, OPERATORS_KEY } from "../support/cloud.ts";

export const ASKING = { signal: new AbortController().signal } as const;

const send = createSend({ http: null, https: null, none: null });

/** What a client is made of; each wait between two attempts is noted, and is none. */
export function partsFor({ url }: Pick<Cloud, "url">, waits: number[] = []): AskParts {
  return {
    send,
    versions: versionsOf(url),
    key: createSecret(OPERATORS_KEY),
    wait: async (ms) => {
      waits.push(ms);
      await delay(0);
    },
  };
}

/** A client, and the waits between its attempts. */
export function clientFor(cloud: Pick<Cloud, "url">): {
  readonly kubiya: Kubiya;
  readonly waits: readonly number[];
} {
  const waits: number[] = [];
  return { kubiya: createKubiya(partsFor(cloud, waits)), waits };
}

/** Somebody who watches, and what was heard. */
export function watcher(given: Partial<Watching> = {}): {
  readonly watching: Watching;
  readonly news: readonly string[];
} {
  const news: string[] = [];
  const onNews: Watching["onNews"] = ({ text }) => news.push(text);
  return { watching: { ...ASKING, onNews, maxBytes: 1_000, timeoutMs: 1_000, ...given }, news };
}

/** Answers with a status, and with how long to wait. */
export function refusing(status: number, retryAfter?: string): Behaviour {
  return (_request, response) => {
    if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
    json(response, status, { error: { code: 1, message: `no, ${OPERATORS_KEY}\u001b[31m` } });
  };
}

/** Takes the request and closes the connection. */
export const HANGING_UP: Behaviour = (_request, response) => void response.destroy();

/** Answers with this text. */
export function saying(text: string, status = 200): Behaviour {
  return (_request, response) => void response.writeHead(status).end(text);
}

/** Begins to answer, and closes the connection in the middle of it. */
export function cutting(text: string): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { "content-length": String(text.length + 100) });
    response.write(text, () => response.destroy());
  };
}
