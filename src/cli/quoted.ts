const PLAIN = /^[\w.:/-]+$/;

/** A text as a person types it as one word of a POSIX shell: quoted where it has to be. */
export function asWord(text: string): string {
  return PLAIN.test(text) ? text : quoted(text);
}

/** A text as one word of a POSIX shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
