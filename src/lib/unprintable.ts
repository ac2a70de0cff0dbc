// On the trust boundary: characters by which a text shows a reader something else than it holds. Audit
// lines, log lines, terminals and tool descriptions all ask here, so that none of them forgets one.

/**
 * The controls C0 and C1, the line and paragraph separators, the bidirectional marks, what has no width
 * (but for the two joiners, which words and emoji are written with), and the tags and variation selectors
 * of plane 14, which programs read and people do not see (Unicode, Default_Ignorable_Code_Point).
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u;

const EACH = new RegExp(UNPRINTABLE, "gu");

/** Whether a text has a character that forges a line, steers a reader or cannot be seen. */
export function hasUnprintable(text: string): boolean {
  return UNPRINTABLE.test(text);
}

/** A text in which each such character is seen as JSON would escape it; inside JSON its value is the same. */
export function escapeUnprintable(text: string): string {
  return text.replaceAll(EACH, (character) => character.split("").map(escaped).join(""));
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
