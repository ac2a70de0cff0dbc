/**
 * Whether a URI template (RFC 6570) may stand for a URI: what it says literally is there, in this order. In
 * time that grows with the two lengths alone, whoever wrote them.
 */
export function mayExpandTo(template: string, uri: string): boolean {
  const [first = "", ...rest] = template.split(/\{[^{}]*\}/);
  const last = rest.pop();
  if (last === undefined) return uri === first;
  if (!uri.startsWith(first)) return false;
  let at = first.length;
  for (const literal of rest) {
    const found = indexFrom(uri, literal, at);
    if (found === -1) return false;
    at = found + literal.length;
  }
  return uri.endsWith(last) && uri.length - last.length >= at;
}

/** Where a text begins from a place on; -1 where it does not. By Knuth, Morris and Pratt: `indexOf` may take the product. */
function indexFrom(text: string, wanted: string, from: number): number {
  const borders = bordersOf(wanted);
  let matched = 0;
  for (let at = from; at < text.length && matched < wanted.length; at += 1) {
    matched = longer(wanted, borders, matched, text[at]);
    if (matched === wanted.length) return at + 1 - matched;
  }
  return wanted === "" ? from : -1;
}

/** For each length of a beginning of a text, how much of its end is a beginning too. */
function bordersOf(wanted: string): readonly number[] {
  const borders = [0];
  for (let at = 1; at < wanted.length; at += 1) {
    borders.push(longer(wanted, borders, borders[at - 1] ?? 0, wanted[at]));
  }
  return borders;
}

/** How much of a beginning is matched with one more character. */
function longer(
  wanted: string,
  borders: readonly number[],
  before: number,
  next: string | undefined,
): number {
  let matched = before;
  while (matched > 0 && wanted[matched] !== next) matched = borders[matched - 1] ?? 0;
  return wanted[matched] === next ? matched + 1 : 0;
}
