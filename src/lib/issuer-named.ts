import { isObject, parseJson } from "./json.ts";

/**
 * The issuer that a text names which has the form of a signed token, whole or not (RFC 7519 section 4.1.1);
 * null where it names none. Nobody has verified it: it says where such a text must not be taken, and no more.
 */
export function issuerNamed(text: string): string | null {
  const [, payload] = text.split(".");
  if (payload === undefined) return null;
  try {
    const claims: unknown = parseJson(Buffer.from(payload, "base64url").toString());
    const issuer = isObject(claims) ? claims["iss"] : null;
    return typeof issuer === "string" ? issuer : null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}
