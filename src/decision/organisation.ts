// On the trust boundary: an organisation's policies. They can object, oblige and hide; whatever else they
// answer, and whatever goes wrong with them, is an objection.

import type { InputDocument } from "../input/types.ts";
import { asObject, type JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { readOrganisation, readPaths, readTexts } from "./answer.ts";
import type { Objections } from "./combine.ts";
import type { Engine } from "./engine.ts";
import type { Reason } from "./types.ts";

/** The entrypoint that an organisation's bundle must have, and those that it may have. */
export const DECISION = "custom/decision";
export const LIST = "custom/list";
export const MASK = "custom/mask";

/** The questions that an organisation's policies are asked. */
export interface Organisation {
  readonly judge: (input: InputDocument) => Promise<Objections>;
  /** The names of the tools that do not exist for this caller. */
  readonly hidden: (input: InputDocument) => Promise<Outcome<readonly string[], Reason>>;
  /** Paths that an audit record must not show; null when they could not say. */
  readonly mask: (record: JsonObject) => Promise<readonly string[] | null>;
  readonly retire: () => void;
}

/** An organisation's policies behind an engine. */
export function createOrganisation(
  engine: Engine,
  entrypoints: readonly string[],
  log: Log,
): Organisation {
  return {
    judge: async (input) => {
      const answered = await ask(DECISION, asObject(input));
      if (!answered.ok) return { reasons: [answered.failure], obligations: [] };
      const answer = readOrganisation(answered.value);
      if (answer === null) return { reasons: [invalid(DECISION)], obligations: [] };
      const reasons = answer.deny.map((reason) => ({
        ...reason,
        code: `organisation.${reason.code}`,
      }));
      return { reasons, obligations: answer.oblige };
    },
    hidden: async (input) => {
      if (!entrypoints.includes(LIST)) return done([]);
      const answered = await ask(LIST, asObject(input));
      if (!answered.ok) return answered;
      const names = readTexts(answered.value, "hide");
      return names === null ? failed(invalid(LIST)) : done(names);
    },
    mask: async (record) => {
      if (!entrypoints.includes(MASK)) return [];
      const answered = await ask(MASK, record);
      if (!answered.ok) return null;
      const paths = readPaths(answered.value);
      if (paths === null)
        log.error(`${MASK} may name parameters only: {"paths": ["/parameters/x"]}`);
      return paths;
    },
    retire: engine.retire,
  };

  async function ask(entrypoint: string, input: JsonObject): Promise<Outcome<unknown, Reason>> {
    const answered = await engine.ask(entrypoint, input);
    if (answered.ok) return answered;
    log.error("an organisation's policy failed", { entrypoint, ...answered.failure });
    return failed({
      code: "policy.error",
      message:
        "The organisation's policies could not answer; ask their author to look at the server's log.",
    });
  }
}

function invalid(entrypoint: string): Reason {
  return {
    code: "policy.invalid_decision",
    message: `The organisation's policies answered ${entrypoint} in a shape that is none; ask their author to run \`kubiya policy test\`.`,
  };
}
