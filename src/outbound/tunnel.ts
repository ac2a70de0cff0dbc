// On the trust boundary: connections through a proxy to hosts of https (RFC 9110 section 9.3.6). The proxy is told
// the host, and who this server is to it; whatever is sent is for the host alone, whose certificate is checked.

import { Socket } from "node:net";
import { callbackify } from "node:util";
import { buildConnector, Pool } from "undici";
import type { ProxySetting } from "../config/types.ts";
import { answeredItself, authorizationFor, connectorTo, notThrough } from "./through.ts";
import { type ConnectionLimits, keptBy, type Way, wayOver } from "./way.ts";

/** A way to hosts of https through a proxy. */
export function createTunnels(proxy: ProxySetting, limits: ConnectionLimits): Way {
  const { connectMs } = limits;
  const toProxy = new Pool(proxy.url, { connect: connectorTo(connectMs), allowH2: false });
  // Its time is that of all steps together: the library has none of its own for it.
  const secure = buildConnector({ timeout: 0, allowH2: false });
  const connect = callbackify(open);
  const { request, close } = wayOver(
    keptBy(limits, (to, made) => {
      connect(to, (error, socket) => {
        if (error === null) made(null, socket);
        else made(notThrough(to.host ?? to.hostname, proxy, error), null);
      });
    }),
  );
  return {
    request,
    close: async () => {
      await Promise.all([close(), toProxy.destroy()]);
    },
  };

  /** Within the time that a connection may take, however many steps it has here. */
  async function open(to: buildConnector.Options): Promise<Socket> {
    const late = AbortSignal.timeout(connectMs);
    const httpSocket = await tunnelTo(to, late);
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        reject(late.reason);
        httpSocket.destroy();
      };
      late.addEventListener("abort", giveUp);
      secure({ ...to, httpSocket }, (error, socket) => {
        late.removeEventListener("abort", giveUp);
        if (error === null) resolve(socket);
        else reject(error);
      });
    });
  }

  async function tunnelTo({ host, hostname, port }: Target, signal: AbortSignal): Promise<Socket> {
    const there = `${host ?? hostname}${port === "" ? ":443" : ""}`;
    const { socket, statusCode } = await toProxy.connect({
      ...{ origin: proxy.url, path: there, signal },
      headers: { host: there, ...authorizationFor(proxy) },
    });
    if (statusCode >= 200 && statusCode < 300 && socket instanceof Socket) return socket;
    socket.on("error", () => {}).destroy();
    throw answeredItself(statusCode);
  }
}

type Target = Pick<buildConnector.Options, "host" | "hostname" | "port">;
