import type { Recorded } from "../audit/types.ts";
import type { Done } from "../credential/types.ts";
import type { Decision } from "../decision/types.ts";
import { decidedCodes, decisionIn } from "./audit-choice.ts";
import { ask } from "./evaluate.ts";
import { inputIn, type Rebuilt } from "./recorded-input.ts";
import type { Host, OpenedCredentials } from "./types.ts";

/** What would be decided now, or why that cannot be said. */
export type Replayed =
  | {
      readonly is: "replayed";
      readonly decision: Decision;
      readonly definition: Rebuilt["definition"];
    }
  | { readonly is: "not_replayable"; readonly why: string };

/** Decides a record again. It changes nothing, and runs nothing. */
export type Replay = (record: Recorded) => Promise<Replayed>;

/** Replays with the policies, the configuration and the store of now. */
export function createReplay(opened: OpenedCredentials, left: Done, host: Host): Replay {
  const { callerOf, unproven, config } = opened;
  const { decide, world } = opened.current();
  const parts = {
    ...{ callerOf, unproven, config, left, toolbox: world.toolbox },
    resolveRunner: host.resolveRunner(config),
    buildInput: host.buildInput,
  };
  return async (record) => {
    const rebuilt = inputIn(record, parts);
    if (!rebuilt.ok) return { is: "not_replayable", why: rebuilt.failure };
    const { input, definition } = rebuilt.value;
    // What is no tool is answered by its admission alone.
    const noTool = input.action === "tools/call" && input.tool === null;
    const decision = noTool ? await decide.admit(input) : await ask(decide, input);
    return { is: "replayed", decision, definition };
  };
}

/** An answer, then or now. */
export interface Answer {
  readonly allow: boolean;
  readonly codes: readonly string[];
}

export function answerThen({ whole }: Recorded): Answer {
  return { allow: decisionIn(whole)["allow"] === true, codes: decidedCodes(whole) };
}

export function answerNow({ allow, reasons }: Decision): Answer {
  return { allow, codes: reasons.map(({ code }) => code) };
}

/** Whether two answers are the same, whatever the order of their reasons. */
export function isSame(one: Answer, other: Answer): boolean {
  const codes = ({ codes }: Answer): string => codes.toSorted().join();
  return one.allow === other.allow && codes(one) === codes(other);
}
