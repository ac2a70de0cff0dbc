// A host that only a proxy can find, and proxies of many kinds.

import { readFile } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  request as ask,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { portOf } from "./loopback.ts";

const CERTIFICATES = "test/support/certificates";

/** A name that nothing but a proxy of these finds. */
export const FAR = "far.example";

/** The file with the certificate of that name. */
export const FAR_CERTIFICATE = join(CERTIFICATES, "far.cert.pem");

/** A server with TLS that has the certificate of this name. */
export async function tlsServer(name: "far" | "first", answer: RequestListener): Promise<Server> {
  const [cert, key] = await Promise.all(
    ["cert", "key"].map((what) => readFile(join(CERTIFICATES, `${name}.${what}.pem`))),
  );
  return createTlsServer({ cert, key }, answer);
}

/** What a proxy does with what it is asked for. */
export type Manner =
  /** It lets it through. */
  | "passes"
  /** It answers with this status instead. */
  | 403
  | 407
  /** It takes the connection and says nothing. */
  | "hangs"
  /** It says that the connection is there, and then nothing. */
  | "hangs after"
  /** It ends the connection. */
  | "closes";

/** A proxy, and what it was told in the clear. */
export interface Proxy {
  readonly port: number;
  /** The first line of each request, and who asks where that is said. */
  readonly told: readonly string[];
  /** All headers of these requests. */
  readonly heard: readonly string[];
}

/** A proxy to which every name is this machine. */
export async function proxyFor(
  context: TestContext,
  manner: Manner = "passes",
  serverOf: (answer: RequestListener) => Server | Promise<Server> = createServer,
): Promise<Proxy> {
  const told: string[] = [];
  const heard: string[] = [];
  const note = ({ method, url, headers, rawHeaders }: IncomingMessage): void => {
    told.push(`${method} ${url} ${headers["proxy-authorization"] ?? ""}`.trimEnd());
    heard.push(rawHeaders.join("\n"));
  };
  const server = await serverOf((request, response) => {
    note(request);
    if (manner === "closes") return void request.socket.destroy();
    if (typeof manner === "number") return void response.writeHead(manner).end("no");
    if (manner !== "passes") return;
    const { port, pathname } = new URL(request.url ?? "");
    const { method, headers } = request;
    const onward = ask({ host: "127.0.0.1", port, path: pathname, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    note(request);
    socket.on("error", () => {});
    if (manner === "closes") return void socket.destroy();
    if (manner === "hangs") return;
    if (typeof manner === "number") return void socket.end(`HTTP/1.1 ${manner} no\r\n\r\n`);
    if (manner === "hangs after") return void socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const there = connect(Number(new URL(`http://${request.url}`).port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      there.pipe(socket).pipe(there);
    });
    there.on("error", () => socket.destroy());
  });
  return { port: await portOf(context, server), told, heard };
}
