// On the trust boundary: where alerts are sent, and what signs them. Neither is ever shown: the address of a
// webhook is often a secret by itself.

import { isSafeAddress } from "../lib/address.ts";
import type { Fault } from "../lib/fault.ts";
import { createSecret } from "../lib/secret.ts";
import type { ConfigFile } from "./file.ts";
import type { AlertSetting } from "./types.ts";

type Finding = Omit<Fault, "path">;

/** Standard Webhooks: `whsec_` and the base64 of 24 to 64 random bytes. */
const SECRET = /^whsec_(?<key>(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;
const MIN_BYTES = 24;
const MAX_BYTES = 64;

const MAKE_ONE = 'write what `echo "whsec_$(openssl rand -base64 32)"` prints';

/** What a schema cannot say of the webhook. */
export function alertFindings({ alerts = {} }: ConfigFile): readonly Finding[] {
  const { webhook_url: url, secret } = alerts;
  if (url === undefined && secret === undefined) return [];
  const rules: readonly (readonly [boolean, string, string, string])[] = [
    [url === undefined, "webhook_url", "is missing", "add it, or leave `alerts` out"],
    [
      url !== undefined && !isSafeAddress(url),
      "webhook_url",
      "is no https address",
      "write it as https://...; http is for this machine alone",
    ],
    [
      url !== undefined && hasUser(url),
      "webhook_url",
      "has a user or a password",
      "leave them out: what is sent is signed",
    ],
    [secret === undefined, "secret", "is missing", MAKE_ONE],
    [
      secret !== undefined && keyOf(secret) === null,
      "secret",
      "is not `whsec_` and the base64 of 24 to 64 bytes",
      MAKE_ONE,
    ],
  ];
  return rules
    .filter(([broken]) => broken)
    .map(([, name, message, mend]) => ({ field: `alerts.${name}`, message, mend }));
}

/** Checked before: a setting without both never gets here. */
export function alertsOf({ alerts = {} }: ConfigFile): AlertSetting | null {
  const { webhook_url: url, secret } = alerts;
  if (url === undefined || secret === undefined) return null;
  return { webhook_url: createSecret(url), secret: createSecret(secret) };
}

function hasUser(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username + password !== "";
}

function keyOf(secret: string): Uint8Array | null {
  const key = Buffer.from(SECRET.exec(secret)?.groups?.["key"] ?? "", "base64");
  return key.length >= MIN_BYTES && key.length <= MAX_BYTES ? key : null;
}
