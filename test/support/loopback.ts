// Servers of a test's own, on ports of loopback.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A server that listens on a port, and its end with every connection to it. */
export interface Listener {
  readonly port: number;
  readonly end: () => Promise<void>;
}

/** Lets a server listen, on a free port where none is named. */
export async function listener(server: Server, port: number = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const end = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port: address.port, end };
}

/** The same until the test ends; gives the port. */
export async function portOf(
  context: TestContext,
  server: Server,
  port: number = 0,
): Promise<number> {
  const listening = await listener(server, port);
  context.after(listening.end);
  return listening.port;
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const { port, end } = await listener(createServer());
  await end();
  return port;
}
