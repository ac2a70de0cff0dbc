// On the trust boundary: which key a token or a session is made from. It shows no secret, and what such a
// child may have it leaves to policy.

import type { Wanted } from "../credential/types.ts";
import { failed, done, type Outcome } from "../lib/outcome.ts";
import { type CarryOut, wrongLine } from "./auth-open.ts";
import { tellMade, type Told } from "./auth-shown.ts";
import { EXIT, type ExitCode, type Host, type OpenedCredentials } from "./types.ts";

/** What is asked for beside the key that it comes from. */
export type ChildWanted = Pick<Wanted, "kind" | "permissions" | "lifetime_ms" | "idle_ms">;

/** Makes a token or a session of a key, and shows it. */
export function makeChild(
  parent: string,
  wanted: ChildWanted,
  { carryOut, ...told }: Told & { readonly carryOut: CarryOut },
): Promise<ExitCode> {
  const rights = { user: null, roles: [], allowed_ips: null, allow_stdio: false };
  const child = { ...wanted, ...rights, name: `${wanted.kind} of ${parent}`, parent };
  return carryOut({ do: "create", wanted: child }, (left) => tellMade(left, told));
}

/** The id of the key in KUBIYA_API_KEY or `api_key`; the failure is the exit code, after it was told why. */
export async function ownKey(
  command: string,
  mend: string,
  { host, credentials }: { readonly host: Host; readonly credentials: OpenedCredentials },
): Promise<Outcome<string, ExitCode>> {
  const presented = credentials.config.api_key;
  if (presented === null) return failed(wrongLine(command, `there is no key: ${mend}`, host));
  const verified = await credentials.verify(presented);
  if (!verified.ok) {
    host.remark(`${verified.failure.detail}\n`);
    return failed(EXIT.outside);
  }
  if (verified.value.status === "verified") return done(verified.value.row.id);
  host.remark(
    `Authentication failed: what is in KUBIYA_API_KEY or \`api_key\` is none of this server's keys; check that it is whole and of this state_dir (${credentials.config.state_dir}), or ${mend}\n`,
  );
  const gap = credentials.gapOf(presented);
  if (gap !== null) host.remark(`it ${gap.message}\n`);
  return failed(EXIT.no);
}
