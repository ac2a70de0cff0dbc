/** The names of what does not work now; none where everything does. */
export type Ready = () => Promise<readonly string[]>;

/** Whether the server can take work, for whatever sends it some. */
export function readyResponse(failing: readonly string[]): Response {
  const ready = failing.length === 0;
  return Response.json(ready ? { ready } : { ready, failing }, { status: ready ? 200 : 503 });
}
