// On the trust boundary: values of the file that stand elsewhere, mostly secrets. Never puts one into a fault.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createSecret } from "../lib/secret.ts";
import type { Environment } from "./environment.ts";
import { readText } from "./read.ts";
import type { GivenValue } from "./types.ts";

/** Where references lead. */
export interface References {
  readonly environment: Environment;
  /** Makes a path of the file absolute. */
  readonly expand: (path: string) => string;
}

/** What is wrong with a reference, and its mend. */
export interface Dangling {
  readonly message: string;
  readonly mend: string;
}

const REFERENCE = /\$\{([^}]*)\}/g;

/** `NAME` or `env:NAME`; clients write both. */
const VARIABLE = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)$/;

/**
 * A text with each `${NAME}` and `${env:NAME}` replaced by that variable of the server's environment, and each
 * `${file:PATH}` by the content of that file, without the ends of its last line.
 */
export async function resolveReferences(
  text: string,
  references: References,
): Promise<Outcome<GivenValue, Dangling>> {
  const names = [...text.matchAll(REFERENCE)].map(([, name = ""]) => name);
  const values = new Map<string, string>();
  for (const name of names) {
    const found = await valueOf(name, references);
    if (!found.ok) return found;
    values.set(name, found.value);
  }
  const whole = text.replaceAll(REFERENCE, (_, name: string) => values.get(name) ?? "");
  if (/[\0\r\n]/.test(whole)) {
    const mend = "write one line of text";
    return failed({ message: "has a line end, or the character NUL", mend });
  }
  return done({ value: createSecret(whole), from: fromOf(names) });
}

function fromOf(names: readonly string[]): GivenValue["from"] {
  if (names.some((name) => name.startsWith("file:"))) return "file";
  return names.length > 0 ? "environment" : "text";
}

async function valueOf(
  name: string,
  { environment, expand }: References,
): Promise<Outcome<string, Dangling>> {
  if (name.startsWith("file:")) return contentOf(expand(name.slice("file:".length)));
  const [, variable] = VARIABLE.exec(name) ?? [];
  if (variable === undefined) {
    const mend = "write ${NAME} for a variable of the environment, ${file:PATH} for a file";
    return failed({ message: `has \${${name}}, which only some clients fill in`, mend });
  }
  const value = environment[variable];
  if (value !== undefined) return done(value);
  const mend = `set ${variable}, or write the value`;
  return failed({ message: `needs ${variable}, which is not set in the environment`, mend });
}

async function contentOf(path: string): Promise<Outcome<string, Dangling>> {
  const read = await readText(path);
  if (read.ok) return done(read.value.replace(/(?:\r?\n)+$/, ""));
  const why = read.failure.reason === "missing" ? "it is not there" : read.failure.detail;
  const mend = "correct the path, or the file's rights";
  return failed({ message: `needs the file ${path}, which cannot be read: ${why}`, mend });
}
