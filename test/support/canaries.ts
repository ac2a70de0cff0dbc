// Secrets that stand nowhere but where a test puts them, and a search for them in all that a program left
// behind. It knows nothing of how the program hides them: it looks for what somebody else could read.

import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** Something that was written, and where. */
export interface Written {
  readonly place: string;
  readonly text: string;
}

/** A secret by its name: nothing in it is like any other text, and nothing about it looks like a secret. */
export function canary(name: string): string {
  return `${name.replaceAll(/[^a-z]/g, "")}Qx${randomBytes(8).toString("hex")}~zK`;
}

/** Every place in which a canary can be read, as `name in place, encoding`. */
export function leaks(
  canaries: Readonly<Record<string, string>>,
  written: readonly Written[],
): readonly string[] {
  const wanted = Object.entries(canaries).flatMap(([name, secret]) =>
    formsOf(secret).map(([encoding, form]) => ({ name, encoding, form })),
  );
  const found = written.flatMap(({ place, text }) => {
    const lower = text.toLowerCase();
    return wanted
      .filter(({ encoding, form }) => (encoding === "hex" ? lower : text).includes(form))
      .map(({ name, encoding }) => `${name} in ${place}, ${encoding}`);
  });
  return [...new Set(found)];
}

function formsOf(secret: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // Without the characters at both ends that depend on what stands beside it.
    return ["base64", text.slice(before === 0 ? 0 : before + 1, -4)] as const;
  });
  const percent = encodeURIComponent(secret).replaceAll("~", "%7E");
  const each = bytes.toString("hex").replaceAll(/../g, "%$&");
  return [
    ["plain", secret],
    // A half of it is more than anybody should find.
    ["a half", secret.slice(0, secret.length / 2)],
    ["a half", secret.slice(secret.length / 2)],
    ...base64,
    ["hex", bytes.toString("hex")],
    ["percent", percent],
    ["percent", each],
    ["percent", each.toUpperCase()],
  ];
}

/** Every file below a folder but those with these names, byte by byte. */
export async function filesBelow(
  folder: string,
  but: readonly string[],
): Promise<readonly Written[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !but.includes(entry.name));
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return { place: relative(folder, path), text: await readFile(path, "latin1") };
    }),
  );
}
