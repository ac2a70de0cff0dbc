// A receiver of alerts that is as bad as receivers are.

import { createServer, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { portOf } from "./loopback.ts";

/** What a receiver does with a message: the last of its manners is the one that stays. */
type Manner = "answers 500" | "answers nothing" | "closes" | "takes it";

/** A message as it came. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Takes messages. */
export interface Receiver {
  readonly url: string;
  /** What it took, and what it was sent at all. */
  readonly taken: readonly Message[];
  readonly sent: readonly Message[];
  readonly port: number;
}

/** Listens on a port of loopback until the test ends. */
export async function receiver(
  context: TestContext,
  manners: readonly Manner[] = ["takes it"],
  port: number = 0,
): Promise<Receiver> {
  const left = [...manners];
  const taken: Message[] = [];
  const sent: Message[] = [];
  const answer = (manner: Manner, message: Message, response: ServerResponse): void => {
    if (manner === "answers 500") response.writeHead(500).end("no");
    if (manner === "closes") response.socket?.destroy();
    if (manner !== "takes it") return;
    taken.push(message);
    response.writeHead(204).end();
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const manner = left.length > 1 ? left.shift() : left[0];
      sent.push({ headers, body });
      answer(manner ?? "takes it", { headers, body }, response);
    });
  });
  const its = await portOf(context, server, port);
  return { url: `http://127.0.0.1:${its}/canary-path`, taken, sent, port: its };
}
