// On the trust boundary: whether the Kubiya cloud is used, and where it is. Its key and the keys of callers go
// there, so nobody on the way may read along.

import { isSafeAddress } from "../lib/address.ts";
import type { Fault } from "../lib/fault.ts";
import { issuerNamed } from "../lib/issuer-named.ts";
import type { Secret } from "../lib/secret.ts";
import { type Environment, textOf } from "./environment.ts";
import type { ConfigFile } from "./file.ts";
import type { Said } from "./said.ts";
import type { KubiyaSetting } from "./types.ts";

const DEFAULT_BASE_URL = "https://api.kubiya.ai";

/** What a schema cannot say of where the cloud is. */
export function kubiyaFindings({ kubiya = {} }: ConfigFile): readonly Omit<Fault, "path">[] {
  return kubiya.base_url === undefined ? [] : addressFaults("kubiya.base_url", kubiya.base_url);
}

/** What is wrong with the environment's word for it. */
export function kubiyaFaults(environment: Environment): readonly Fault[] {
  const written = textOf(environment, "KUBIYA_BASE_URL");
  const faults = written === undefined ? [] : addressFaults("KUBIYA_BASE_URL", written);
  return faults.map((fault) => ({ path: "environment", ...fault }));
}

/** Null where nothing speaks of the cloud: then nobody's credential goes there. */
export function kubiyaOf(
  { file, environment }: Pick<Said, "file" | "environment">,
  apiKey: Secret | null,
): KubiyaSetting | null {
  const named = textOf(environment, "KUBIYA_BASE_URL") ?? file.kubiya?.base_url;
  const wanted = named !== undefined || file.kubiya !== undefined;
  if (!wanted && !(apiKey !== null && isCloudKey(apiKey.reveal(), file))) return null;
  return { base_url: named ?? DEFAULT_BASE_URL };
}

/** A key that is neither of this server, with or without something around it, nor of the issuer. */
function isCloudKey(text: string, { jwt }: ConfigFile): boolean {
  if (/kb[kts]_/.test(text)) return false;
  return jwt?.issuer === undefined || issuerNamed(text) !== jwt.issuer;
}

function addressFaults(field: string, written: string): Omit<Fault, "path">[] {
  const mend = "write it as https://HOST; http is for this machine alone";
  if (!isSafeAddress(written)) return [{ field, message: "is no https address", mend }];
  const { username, password, search, hash } = new URL(written);
  if (`${username}${password}${search}${hash}` === "") return [];
  const message = "has more than a host and a path";
  return [{ field, message, mend: "leave out user, password and query" }];
}
