// On the trust boundary: the proxies that the environment names, read once for all that this server asks of
// others. Who it is to a proxy is never shown.

import type { Fault } from "../lib/fault.ts";
import { percentDecoded } from "../lib/percent-decoded.ts";
import { createSecret, type Secret } from "../lib/secret.ts";
import { type Environment, textOf } from "./environment.ts";

/** The proxies that the environment names, for whatever this server asks of others. No reload changes them. */
export interface Proxies {
  /** On the way to an address of http; null: none. */
  readonly http: ProxySetting | null;
  /** On the way to an address of https; null: none. */
  readonly https: ProxySetting | null;
  /** Hosts that are reached without one, as NO_PROXY names them. */
  readonly none: string | null;
}

/** A proxy, and who this server is to it. */
export interface ProxySetting {
  /** http or https, and a host. */
  readonly url: string;
  /** `user:password`; null: it does not ask. */
  readonly credential: Secret | null;
}

/** A name in small letters counts before one in capitals, as other programs read them. */
const NAMES = {
  http: ["http_proxy", "HTTP_PROXY"],
  https: ["https_proxy", "HTTPS_PROXY"],
} as const;

type Scheme = keyof typeof NAMES;

/** What is named and is no proxy. */
export function proxyFaults(environment: Environment): readonly Fault[] {
  return (["http", "https"] as const).flatMap((scheme) => {
    const named = namedFor(scheme, environment);
    if (named === null || isProxy(named.url)) return [];
    const mend = "write it as http://HOST:PORT, or unset it";
    const message = "is no address of a proxy";
    return [{ path: "environment", field: named.name, message, mend }];
  });
}

/** Checked before: what is no proxy never gets here. */
export function proxiesOf(environment: Environment): Proxies {
  return {
    http: proxyOf(namedFor("http", environment)),
    https: proxyOf(namedFor("https", environment)),
    none: textOf(environment, "no_proxy") ?? textOf(environment, "NO_PROXY") ?? null,
  };
}

interface Named {
  readonly name: string;
  readonly url: string;
}

/** A host alone is one of http. */
function namedFor(scheme: Scheme, environment: Environment): Named | null {
  const name = NAMES[scheme].find((one) => textOf(environment, one) !== undefined);
  if (name === undefined) return null;
  const written = textOf(environment, name) ?? "";
  return { name, url: written.includes("://") ? written : `http://${written}` };
}

function proxyOf(named: Named | null): ProxySetting | null {
  if (named === null) return null;
  const { origin, username, password } = new URL(named.url);
  if (username + password === "") return { url: origin, credential: null };
  const credential = credentialIn(username, password);
  return { url: origin, credential: credential === null ? null : createSecret(credential) };
}

function isProxy(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  return ["http:", "https:"].includes(protocol) && credentialIn(username, password) !== null;
}

/** Null where what is escaped in it cannot be read. */
function credentialIn(username: string, password: string): string | null {
  const [user, secret] = [percentDecoded(username), percentDecoded(password)];
  return user === null || secret === null ? null : `${user}:${secret}`;
}
