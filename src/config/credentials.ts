import { readFile } from "node:fs/promises";
import type { Fault } from "../lib/fault.ts";
import { createSecret, type Secret } from "../lib/secret.ts";
import type { Environment, Read } from "./environment.ts";
import { codeOf } from "./read.ts";

/** A credential of the environment: `NAME`, or the content of the file that `NAME_FILE` names. */
export async function readCredential(
  environment: Environment,
  name: string,
): Promise<Read<Secret>> {
  const value = environment[name];
  const file = environment[`${name}_FILE`];
  if (value !== undefined && file !== undefined) {
    return failedRead(`${name}_FILE`, `${name} is set as well`, "set one of the two");
  }
  if (file === undefined) return { value: value ? createSecret(value) : null, faults: [] };
  try {
    return { value: createSecret((await readFile(file, "utf8")).trimEnd()), faults: [] };
  } catch (thrown) {
    const message = `the file it names cannot be read (${codeOf(thrown)})`;
    return failedRead(`${name}_FILE`, message, "correct the path, or the file's rights");
  }
}

function failedRead(field: string, message: string, mend: string): Read<Secret> {
  const fault: Fault = { path: "environment", field, message, mend };
  return { value: null, faults: [fault] };
}
