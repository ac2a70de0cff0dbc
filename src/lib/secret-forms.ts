/** Shorter texts stand anywhere by chance: to hide them would spoil what is written and hide nothing. */
const MIN_LENGTH = 4;

/** A line of a secret that has several is one itself, from this length on. */
const MIN_LINE = 16;

/** The texts that a secret can be read from: itself, and in base64, in hexadecimal, percent-encoded, inside JSON. */
export function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= MIN_LINE);
  const texts = [secret.trim(), ...lines].filter((text) => text.length >= MIN_LENGTH);
  const forms = texts.flatMap(encodings);
  return [...new Set([secret, ...forms])].filter((form) => form.length >= MIN_LENGTH);
}

function encodings(text: string): readonly string[] {
  return [text, inJson(text), ...percent(text), ...hex(text), ...base64(text)];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As a URL has it, with all that is unsafe or with every byte encoded, and in either case (RFC 3986 section 2.1). */
function percent(text: string): readonly string[] {
  const some = encodeURIComponent(text.toWellFormed());
  const all = Buffer.from(text).toString("hex").toUpperCase().replaceAll(/../g, "%$&");
  const lower = (written: string): string =>
    written.replaceAll(/%../g, (escape) => escape.toLowerCase());
  return [some, lower(some), some.replaceAll("%20", "+"), all, lower(all)];
}

function hex(text: string): readonly string[] {
  const lower = Buffer.from(text).toString("hex");
  return [lower, lower.toUpperCase()];
}

/**
 * At each place that a text can have among the three bytes of a group (RFC 4648 section 4), without the
 * characters that its neighbours have a part in; with the signs of URLs too (section 5).
 */
function base64(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const placed = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((placed.length * 8) / 6);
    return (["base64", "base64url"] as const).map((alphabet) =>
      placed.toString(alphabet).slice(from, to),
    );
  });
}
