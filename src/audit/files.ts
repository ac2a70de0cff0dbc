import type { Disk } from "./disk.ts";

/** A file of a chain. */
export interface ChainFile {
  /** `000001.jsonl` */
  readonly name: string;
  /** From 1, without gaps but for what retention took away. */
  readonly number: number;
}

const NAME = /^(\d{6,15})\.jsonl$/;

/** The file of a chain that has this number. */
export function chainFile(number: number): ChainFile {
  return { name: `${String(number).padStart(6, "0")}.jsonl`, number };
}

/** The file that a name stands for; null where it is no file of a chain. */
export function fileNamed(name: string): ChainFile | null {
  const number = Number(NAME.exec(name)?.[1] ?? 0);
  return number > 0 && chainFile(number).name === name ? { name, number } : null;
}

/** The files of a chain's folder in their order. */
export async function filesIn(
  disk: Pick<Disk, "names">,
  folder: string,
): Promise<readonly ChainFile[]> {
  const names = await disk.names(folder);
  return names
    .map(fileNamed)
    .filter((file) => file !== null)
    .toSorted((a, b) => a.number - b.number);
}
