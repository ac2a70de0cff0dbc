// On the trust boundary: whether a URI means what its text says. A caller writes it, policies judge it as text, and
// the server that it goes to reads it as a URI: what has several spellings would be judged by one and read by another.

import { percentDecoded } from "../../lib/percent-decoded.ts";

/**
 * Whether a URI is in normal form (RFC 3986 section 6.2.2), without a way up or a control character in any of its parts.
 * A reserved character may still be written as itself or as an escape: the two are not the same URI (section 2.2).
 */
export function isCanonicalUri(uri: string): boolean {
  if (!ALLOWED.test(uri) || !URL.canParse(uri) || new URL(uri).href !== uri) return false;
  const escapes = uri.match(/%.{0,2}/gs) ?? [];
  if (!escapes.every((escape) => NEEDED.test(escape)) || TWICE.test(uri)) return false;
  const text = percentDecoded(uri);
  return text !== null && !/\p{Cc}/u.test(text) && !text.split(/[/\\?#&=;,:@]/).some(isStep);
}

/** What a URI is written with (appendix A). */
const ALLOWED = /^[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/;

/** An escape of what cannot be written otherwise, in the one way to write it (sections 6.2.2.1 and 6.2.2.2). */
const NEEDED = /^%(?!2D|2E|5F|7E|3\d|[46][1-9A-F]|[57][0-9A])[0-9A-F]{2}$/;

/** An escape that another one comes out of. */
const TWICE = /%25[0-9A-Fa-f]{2}/;

function isStep(part: string): boolean {
  return part === "." || part === "..";
}
