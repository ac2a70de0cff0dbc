import { Agent, request as httpRequest } from "node:http";

/** A request, and a text that its answer must have. */
export interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly expected: string;
}

/** What one answer was. */
export interface Answered {
  readonly status: number;
  readonly sessionId: string | null;
  readonly text: string;
}

const TIMEOUT_MS = 10_000;
const connections = new Agent({ keepAlive: true, maxSockets: 64 });

/** Asks once over a connection that is kept; an answer without the text that is expected is an error. */
export function ask({ url, headers, body, expected }: Asked): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const request = httpRequest(`${url}/mcp`, {
    ...{ method: "POST", agent: connections, timeout: TIMEOUT_MS },
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
  });
  request.on("error", reject);
  request.on("timeout", () => request.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
  request.on("response", (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => (text += chunk));
    response.on("error", reject);
    response.on("end", () => {
      if (!text.includes(expected)) reject(new Error(`${response.statusCode}: ${text}`));
      const { statusCode: status = 0, headers: sent } = response;
      resolve({ status, sessionId: sent["mcp-session-id"]?.toString() ?? null, text });
    });
  });
  request.end(body);
  return promise;
}

/** Asks so many times, with so many in flight; gives how long each took, in milliseconds. */
export async function load(
  asked: Asked,
  { times, inFlight }: { readonly times: number; readonly inFlight: number },
): Promise<readonly number[]> {
  const took: number[] = [];
  let left = times;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const started = performance.now();
      await ask(asked);
      took.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return took;
}
