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
    const found = indexFrom(uri, literal, at);
    if (found === -1) return false;
    at = found + literal.length;
  }
  return uri.endsWith(last) && uri.length - last.length >= at;
}

/** A text that is looked for; for each length of its beginning, how much of that end is a beginning too. */
interface Wanted {
  readonly text: string;
  readonly borders: readonly number[];
}

/** Where a text begins from a place on; -1 where it does not. By Knuth, Morris and Pratt: `indexOf` may take the product. */
function indexFrom(uri: string, text: string, from: number): number {
  if (text === "") return from;
  const wanted = { text, borders: bordersOf(text) };
  let matched = 0;
  for (let at = from; at < uri.length; at += 1) {
    matched = longer(wanted, matched, uri[at]);
    if (matched === text.length) return at + 1 - matched;
  }
  return -1;
}

function bordersOf(text: string): readonly number[] {
  const borders = [0];
  for (let at = 1; at < text.length; at += 1) {
    borders.push(longer({ text, borders }, borders[at - 1] ?? 0, text[at]));
  }
  return borders;
}

/** How much of it is matched with one more character. */
function longer({ text, borders }: Wanted, before: number, next: string | undefined): number {
  let matched = before;
  while (matched > 0 && text[matched] !== next) matched = borders[matched - 1] ?? 0;
  return text[matched] === next ? matched + 1 : 0;
}
