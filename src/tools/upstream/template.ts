/**
 * Whether a URI template (RFC 6570) may stand for a URI: what it says literally is there, in this order, and between
 * it nothing that would end a part which an expression of its kind is. Looks at each character as often as there are
 * expressions and literals: whoever asks has bounded all three, and how often.
 */
export function mayExpandTo(template: string, uri: string): boolean {
  const parts = template.split(/(\{[^{}]*\})/);
  const [first = ""] = parts;
  if (!uri.startsWith(first)) return false;
  // The places of the URI that the template may have come to.
  let places: Places = new Uint8Array(uri.length + 1);
  places[first.length] = 1;
  for (const [at, part] of parts.entries()) {
    if (at > 0) places = at % 2 === 1 ? after(part, uri, places) : past(part, uri, places);
  }
  return places[uri.length] === 1;
}

/** 1 for each place that was come to, the end of the URI among them. */
type Places = Uint8Array<ArrayBuffer>;

/** What can stand for an expression, by its operator (section 3.2.1). */
const OPERATORS: Readonly<Record<string, { readonly begins: string; readonly never: string }>> = {
  "": { begins: "", never: "/?#" },
  "+": { begins: "", never: "" },
  "#": { begins: "#", never: "" },
  ".": { begins: ".", never: "/?#" },
  "/": { begins: "/", never: "?#" },
  ";": { begins: ";", never: "/?#" },
  "?": { begins: "?", never: "#" },
  "&": { begins: "&", never: "#" },
};

function past(literal: string, uri: string, places: Places): Places {
  if (literal === "") return places;
  const there: Places = new Uint8Array(places.length);
  for (let at = uri.indexOf(literal); at !== -1; at = uri.indexOf(literal, at + 1)) {
    there[at + literal.length] = places[at] ?? 0;
  }
  return there;
}

/** An expression without a value leaves nothing. */
function after(expression: string, uri: string, places: Places): Places {
  const operator = /^\{([^A-Za-z0-9_%]?)/.exec(expression)?.[1] ?? "";
  const kind = OPERATORS[operator];
  if (kind === undefined) return new Uint8Array(places.length);
  const { begins, never } = kind;
  const ends = places.slice();
  let isWithin = false;
  for (let at = 0; at < uri.length; at += 1) {
    const next = uri.charAt(at);
    if (places[at] === 1 && (begins === "" || begins === next)) isWithin = true;
    if (isWithin && never.includes(next)) isWithin = false;
    if (isWithin) ends[at + 1] = 1;
  }
  return ends;
}
