// On the trust boundary: reads credentials. Never shows one, never puts one into a fault.

import type { Fault } from "../lib/fault.ts";
import { createSecret, type Secret } from "../lib/secret.ts";
import { type Environment, type Read, textOf } from "./environment.ts";
import { readText } from "./read.ts";

/** Where a credential of the environment is looked for. */
export interface CredentialPlace {
  readonly environment: Environment;
  readonly name: string;
  /** Makes a path absolute. */
  readonly expand: (path: string) => string;
}

/** A credential of the environment: `NAME`, or the content of the file that `NAME_FILE` names. */
export async function readCredential({
  environment,
  name,
  expand,
}: CredentialPlace): Promise<Read<Secret>> {
  const value = textOf(environment, name);
  const file = textOf(environment, `${name}_FILE`);
  if (file === undefined) {
    return { value: value === undefined ? null : createSecret(value), faults: [] };
  }
  const refuse = (message: string, mend: string): Read<Secret> => {
    const fault: Fault = { path: "environment", field: `${name}_FILE`, message, mend };
    return { value: null, faults: [fault] };
  };
  if (value !== undefined) return refuse(`${name} is set as well`, "set one of the two");
  const path = expand(file);
  const read = await readText(path);
  if (!read.ok) {
    const { failure } = read;
    const why = failure.reason === "missing" ? "it is not there" : failure.detail;
    return refuse(
      `the file ${path} cannot be read: ${why}`,
      "correct the path, or the file's rights",
    );
  }
  const text = read.value.replace(/(?:\r?\n)+$/, "");
  if (text === "") return refuse(`the file ${path} is empty`, "write the credential into it");
  return { value: createSecret(text), faults: [] };
}
