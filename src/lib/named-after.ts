/** Whether a name is like those of a source's tools, which are called `origin_name`, whichever of them it has. */
export function isNamedAfter(origin: string, name: string): boolean {
  return name.startsWith(`${origin}_`);
}
