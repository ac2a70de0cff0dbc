import type { StoreSeen } from "../store/types.ts";
import { type Examined, fail, type Found, ok, warn } from "./doctor-found.ts";

/** Whether it can be read. Nothing is made and nothing is brought up to date. */
export async function lookAtStore({ host, config }: Examined): Promise<readonly Found[]> {
  const seen = await host.lookAtStore(config);
  if (!seen.ok) return [fail(...split(seen.failure.detail))];
  return [told(seen.value)];
}

/** Failures of the store end with what is to be done. */
function split(detail: string): readonly [string, string] {
  const at = detail.lastIndexOf("; ");
  return at < 0 ? [detail, "see its log"] : [detail.slice(0, at), detail.slice(at + 2)];
}

function told({ schema }: StoreSeen): Found {
  switch (schema) {
    case "none":
      return ok("empty: it is made when it is needed");
    case "older":
      return ok("it answers; the next server that starts brings it up to date");
    case "current":
      return ok("it answers");
    case "newer":
      return fail(
        "it was written by a later version of this program",
        "run that version, or a later one",
      );
  }
}

const MISTAKE_MS = 24 * 60 * 60 * 1000;
const USUAL_MS = 5_000;

/** No credential is judged by a time before the latest that the store was told. */
export async function lookAtClock({ host, config }: Examined): Promise<readonly Found[]> {
  const seen = await host.lookAtStore(config);
  // The row of the store says why.
  if (!seen.ok || seen.value.highWaterMs === null) return [ok("nothing to compare it with yet")];
  const behindMs = seen.value.highWaterMs - host.clock();
  const behind = `this machine's clock is ${Math.ceil(behindMs / 1000)} s behind the latest time that the store was told`;
  const mend = 'set the clock right, or see docs/operator.md, "A clock that was wrong"';
  if (behindMs > MISTAKE_MS) return [fail(`${behind}: no server starts`, mend)];
  if (behindMs > USUAL_MS) return [warn(behind, mend)];
  return [ok("it goes on from the latest time that the store was told")];
}
