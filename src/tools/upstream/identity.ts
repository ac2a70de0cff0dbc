import type { UpstreamSetting } from "../../config/types.ts";
import { digestOf } from "../../lib/digest.ts";
import { isSecret } from "../../lib/secret.ts";

/** The same for settings that say the same, secrets included. It is kept in memory alone. */
export function identityOf(setting: UpstreamSetting): string {
  return digestOf(revealed(setting));
}

function revealed(value: unknown): unknown {
  if (isSecret(value)) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, revealed(member)]),
  );
}
