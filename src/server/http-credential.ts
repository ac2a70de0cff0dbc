// On the trust boundary: the credential that a request presents. Never one of two, and never one that stood
// in a URL, where logs and histories keep it (RFC 6750 section 2.3).

import type { Reason } from "../decision/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createSecret, type Secret } from "../lib/secret.ts";

const IN_QUERY = new Set(["access_token", "token", "api_key"]);

/** The credential of a request's headers; null where it presents none. */
export function presentedIn(
  headers: Readonly<NodeJS.Dict<readonly string[]>>,
  query: URLSearchParams,
): Outcome<Secret | null, Reason> {
  if ([...query.keys()].some((name) => IN_QUERY.has(name.toLowerCase()))) {
    return failed({
      code: "request.query",
      message: "Credentials in a URL are not accepted; send one as a Bearer token.",
    });
  }
  const bearers = headers["authorization"] ?? [];
  const keys = headers["x-api-key"] ?? [];
  if (bearers.length + keys.length > 1) {
    return failed({
      code: "request.credentials",
      message: "The request presents more than one credential; send exactly one.",
    });
  }
  const [bearer] = bearers;
  const [key] = keys;
  // What follows another scheme is a credential too: one that nobody knows.
  const text = bearer === undefined ? key : bearer.replace(/^bearer +/i, "");
  return done(text === undefined ? null : createSecret(text.trim()));
}
