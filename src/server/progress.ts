import type { ServerContext } from "@modelcontextprotocol/server";

/** Sends each line of output to the client as progress, when its request carried a progress token. */
export function createProgress({ mcpReq }: ServerContext): (line: string) => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let progress = 0;
  return (message) => {
    progress += 1;
    // A client that is gone does not want the line; its call is cancelled by the closed connection.
    mcpReq
      .notify({ method: "notifications/progress", params: { progressToken, progress, message } })
      .catch(() => {});
  };
}
