import { inspect } from "node:util";

const hidden = (): string => "[hidden]";

/** Text that cannot be printed by accident: every way of turning it into text gives `[hidden]`. */
export interface Secret {
  /** The text itself, for the one place that has to use it. */
  readonly reveal: () => string;
  readonly toString: () => string;
  readonly toJSON: () => string;
}

/** The secrets that there are: nothing else passes for one. */
const made = new WeakSet<object>();

/** Wraps a text so that it cannot be printed. */
export function createSecret(text: string): Secret {
  const secret = Object.freeze({
    reveal: () => text,
    toString: hidden,
    toJSON: hidden,
    [inspect.custom]: hidden,
  });
  made.add(secret);
  return secret;
}

/** Whether a value is a text that cannot be printed. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && made.has(value);
}
