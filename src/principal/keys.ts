// On the trust boundary: the keys of an external issuer. They come from the configured place alone, never from
// one that a token names, and are asked for anew when a key is not among them, but not by every stranger.

import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { isObject } from "../lib/json.ts";
import { isSafeAddress } from "../lib/address.ts";
import type { Clock } from "../lib/clock.ts";
import type { GetJson } from "../outbound/types.ts";

/** Where an issuer's keys are. */
export interface KeyPlace {
  readonly issuer: string;
  /** Null: where the issuer's own metadata says (OpenID Connect Discovery 1.0 section 4). */
  readonly jwks_uri: string | null;
}

/** How long keys are taken for the issuer's. */
const FRESH_MS = 10 * 60_000;
/** How often a key that nobody knows may have them asked for anew. */
const COOLDOWN_MS = 30_000;
/** How long an issuer that could not be asked is left alone. */
const RETRY_MS = 2_000;

/** Finds the key of a token. It throws what `jose` does, and `KeysUnavailable` when the issuer cannot be asked. */
export function createIssuerKeys(place: KeyPlace, getJson: GetJson, clock: Clock): JWTVerifyGetKey {
  let known: { readonly find: JWTVerifyGetKey; readonly sinceMs: number } | null = null;
  let asking: Promise<JWTVerifyGetKey> | null = null;
  let failedMs = -RETRY_MS;

  return async (header, token) => {
    const now = clock();
    if (known === null || now - known.sinceMs >= FRESH_MS) return (await ask())(header, token);
    try {
      return await known.find(header, token);
    } catch (thrown) {
      const rotated = thrown instanceof errors.JWKSNoMatchingKey;
      if (!rotated || now - known.sinceMs < COOLDOWN_MS) throw thrown;
      return (await ask())(header, token);
    }
  };

  /** Once, however many tokens wait for it. */
  function ask(): Promise<JWTVerifyGetKey> {
    if (clock() - failedMs < RETRY_MS)
      throw new KeysUnavailable("the issuer did not answer just now");
    asking ??= fetchKeys()
      .catch((thrown: unknown) => {
        failedMs = clock();
        throw thrown;
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  }

  async function fetchKeys(): Promise<JWTVerifyGetKey> {
    const { jwks_uri: written } = place;
    const fetched =
      written === null
        ? await getJson(await discovered(), "server")
        : await getJson(written, "operator");
    if (!fetched.ok) throw new KeysUnavailable(fetched.failure.detail);
    const { keys } = isObject(fetched.value) ? fetched.value : {};
    if (!Array.isArray(keys)) throw new KeysUnavailable("the issuer's key set is none");
    const find = createLocalJWKSet({ keys: keys.filter(isObject) });
    known = { find, sinceMs: clock() };
    return find;
  }

  async function discovered(): Promise<string> {
    const { issuer } = place;
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const fetched = await getJson(url, "operator");
    if (!fetched.ok) throw new KeysUnavailable(fetched.failure.detail);
    const metadata = isObject(fetched.value) ? fetched.value : {};
    const { jwks_uri: uri } = metadata;
    if (metadata["issuer"] !== issuer || typeof uri !== "string") {
      throw new KeysUnavailable("the issuer's metadata is that of another issuer");
    }
    if (!isSafeAddress(uri)) throw new KeysUnavailable("the issuer's keys are at no https address");
    return uri;
  }
}

/** The issuer's keys cannot be had now: nobody can tell whose a token is. */
export class KeysUnavailable extends Error {}
