import type { Fault } from "../lib/fault.ts";

/** The server's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value of the environment: null where it is not set or cannot be understood, which is then a fault. */
export interface Read<T> {
  readonly value: T | null;
  readonly faults: readonly Fault[];
}

const TRUE = ["true", "1", "yes", "on"];
const FALSE = ["false", "0", "no", "off"];

/** The text of a variable; one that is empty is not set. */
export function textOf(environment: Environment, name: string): string | undefined {
  return environment[name] === "" ? undefined : environment[name];
}

/** A switch, in any case. */
export function readSwitch(environment: Environment, name: string): Read<boolean> {
  const written = textOf(environment, name)?.toLowerCase();
  if (written === undefined) return { value: null, faults: [] };
  if (TRUE.includes(written)) return { value: true, faults: [] };
  if (FALSE.includes(written)) return { value: false, faults: [] };
  return fault(name, "is neither true nor false", `write one of ${[...TRUE, ...FALSE].join(", ")}`);
}

/** One of some words, in any case. */
export function readWord<W extends string>(
  environment: Environment,
  name: string,
  words: readonly W[],
): Read<W> {
  const written = textOf(environment, name)?.toLowerCase();
  if (written === undefined) return { value: null, faults: [] };
  const value = words.find((word) => word === written);
  return value === undefined
    ? fault(name, "is none of the words it may be", `write one of ${words.join(", ")}`)
    : { value, faults: [] };
}

function fault(name: string, message: string, mend: string): Read<never> {
  return { value: null, faults: [{ path: "environment", field: name, message, mend }] };
}
