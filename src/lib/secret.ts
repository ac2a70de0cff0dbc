import { inspect } from "node:util";

const hidden = (): string => "[hidden]";

/** Text that cannot be printed by accident: every way of turning it into text gives `[hidden]`. */
export interface Secret {
  /** The text itself, for the one place that has to use it. */
  readonly reveal: () => string;
  readonly toString: () => string;
  readonly toJSON: () => string;
}

/** Wraps a text so that it cannot be printed. */
export function createSecret(text: string): Secret {
  return Object.freeze({
    reveal: () => text,
    toString: hidden,
    toJSON: hidden,
    [inspect.custom]: hidden,
  });
}
