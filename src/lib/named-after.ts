/** What a source's own name is known as here: `origin_name`. */
export function nameAfter(origin: string, own: string): string {
  return `${origin}_${own}`;
}

/** Whether a name is like those of a source's tools, whichever of them it has. */
export function isNamedAfter(origin: string, name: string): boolean {
  return name.startsWith(nameAfter(origin, ""));
}

/** The source's own name of what has this name here. */
export function ownName(origin: string, name: string): string {
  return name.slice(nameAfter(origin, "").length);
}
