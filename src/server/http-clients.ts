// On the trust boundary: what is kept of legacy clients over HTTP between their requests, by session: each
// request has a server of its own. An answer reaches the question of its own session alone.

import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import type { Arrived } from "../enforcement/types.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { LogLevel } from "../tools/types.ts";
import { ANSWER_WITHIN_MS } from "./questions.ts";

/** What is kept of one client. */
export interface KeptClient {
  /** What it said it can be asked. */
  readonly capabilities: () => JsonObject;
  readonly level: () => LogLevel | null;
  readonly setLevel: (level: LogLevel) => void;
  /** Sends a question under an id that no other has, and waits for the answer. */
  readonly put: (send: (id: string) => Promise<void>, signal: AbortSignal) => Promise<unknown>;
}

/** Legacy clients, by the session that a request was accepted in. */
export interface HttpClients {
  /** Keeps what a client said of itself when its session began. */
  readonly begin: (session: string, capabilities: unknown) => void;
  readonly of: (arrived: Arrived) => KeptClient;
  /** Takes an answer to a question; whatever else it is comes to nothing. */
  readonly answered: (arrived: Arrived, message: JSONRPCMessage) => void;
}

/** Of more sessions the oldest ones' clients cannot be asked any more. */
const MAX_CLIENTS = 4_096;

interface Client {
  readonly capabilities: JsonObject;
  level: LogLevel;
  readonly waiting: Map<string, (message: JSONRPCMessage) => void>;
}

/** What a client can be asked for: no more of what it declares is kept, and none of a declaration that is long. */
function askableOf(declared: unknown): JsonObject {
  if (!isJsonObject(declared)) return {};
  const askable = Object.fromEntries(
    ASKABLE.flatMap((name) => (declared[name] === undefined ? [] : [[name, declared[name]]])),
  );
  return JSON.stringify(askable).length <= MAX_DECLARED ? askable : {};
}

const ASKABLE = ["elicitation", "sampling", "roots"] as const;
const MAX_DECLARED = 4_096;

/** No clients yet. */
export function createHttpClients(newId: () => string): HttpClients {
  const clients = new Map<string, Client>();

  return {
    begin: (session, declared) => {
      const capabilities = askableOf(declared);
      const [oldest] = clients.size < MAX_CLIENTS ? [] : clients.keys();
      if (oldest !== undefined) clients.delete(oldest);
      clients.set(session, { capabilities, level: "info", waiting: new Map() });
    },
    of: (arrived) => kept(clientOf(arrived) ?? STRANGER),
    answered: (arrived, message) => {
      if (!("id" in message) || "method" in message) return;
      clientOf(arrived)?.waiting.get(String(message.id))?.(message);
    },
  };

  function clientOf({ circumstances }: Arrived): Client | undefined {
    const { session } = circumstances.caller;
    return session === null ? undefined : clients.get(session.id);
  }

  function kept(client: Client): KeptClient {
    return {
      capabilities: () => client.capabilities,
      level: () => client.level,
      setLevel: (level) => {
        client.level = level;
      },
      put: async (send, signal) => {
        const id = newId();
        const { promise, resolve, reject } = Promise.withResolvers<JSONRPCMessage>();
        const over = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
        const end = (): void => reject(new Error("nobody answered"));
        over.addEventListener("abort", end, { once: true });
        client.waiting.set(id, resolve);
        try {
          if (over.aborted) end();
          else await send(id);
          const message = await promise;
          return "result" in message ? message.result : null;
        } finally {
          client.waiting.delete(id);
          over.removeEventListener("abort", end);
        }
      },
    };
  }
}

/** Without a session nobody can tell whose answer it is: such a client is not asked. */
const STRANGER: Client = { capabilities: {}, level: "info", waiting: new Map() };
