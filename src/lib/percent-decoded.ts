/** A text with what is escaped in it read (RFC 3986 section 2.1); null where that is no UTF-8. */
export function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
