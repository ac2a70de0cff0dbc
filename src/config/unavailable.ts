import type { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";

/** A field whose part of the program does not exist yet. */
interface Unavailable {
  readonly field: string;
  /** What would protect refuses the start; what would only offer something is left out with a warning. */
  readonly protects: boolean;
}

const UNAVAILABLE: readonly Unavailable[] = [
  // A bundle that somebody changed would be refused.
  { field: "policies.public_key", protects: true },
  { field: "policies.algorithm", protects: true },
  // Shadow policies are not obeyed by their nature.
  { field: "policies.shadow", protects: false },
];

/** Fields of a configuration whose part does not exist yet: what refuses the start, and what warns. */
export function unavailableFields(
  file: unknown,
  path: string,
): { readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] } {
  const rows = UNAVAILABLE.filter(({ field }) => isSet(file, field));
  const faults = rows.filter(({ protects }) => protects).map(({ field }) => refused(field));
  const warnings = rows.filter(({ protects }) => !protects).map(({ field }) => ignored(field));
  return { faults: faults.map(told), warnings: warnings.map(told) };

  function told(fault: Omit<Fault, "path">): Fault {
    return { path, ...fault };
  }
}

function refused(field: string): Omit<Fault, "path"> {
  const mend = "leave it out: the server does not start without what it promises";
  return { field, message: "not available yet", mend };
}

function ignored(field: string): Omit<Fault, "path"> {
  return { field, message: "not available yet", mend: "it is ignored" };
}

function isSet(file: unknown, field: string): boolean {
  let value: unknown = file;
  for (const name of field.split(".")) value = isObject(value) ? value[name] : undefined;
  return value !== undefined;
}
