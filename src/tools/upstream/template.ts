/**
 * Whether a URI template (RFC 6570) may stand for a URI: what it says literally is there, in this order. May compare as
 * many characters as the product of the two lengths: whoever asks has bounded both, and how often.
 */
export function mayExpandTo(template: string, uri: string): boolean {
  const [first = "", ...rest] = template.split(/\{[^{}]*\}/);
  const last = rest.pop();
  if (last === undefined) return uri === first;
  if (!uri.startsWith(first)) return false;
  let at = first.length;
  for (const literal of rest) {
    const found = uri.indexOf(literal, at);
    if (found === -1) return false;
    at = found + literal.length;
  }
  return uri.endsWith(last) && uri.length - last.length >= at;
}
