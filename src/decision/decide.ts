// On the trust boundary: the one place where policies are asked, and the one place that fails closed.
// Whatever goes wrong becomes a denial with a code. Nothing else may mint a permit.

import type { InputDocument } from "../input/types.ts";
import type { Clock } from "../lib/clock.ts";
import { asObject, type JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { mintPermit } from "../lib/permit.ts";
import { type BuiltinAnswer, readAlerts, readDecision, readPaths, readVisible } from "./answer.ts";
import { combine, combineVisible, type Judgement, type Objections } from "./combine.ts";
import type { Engine } from "./engine.ts";
import type { Organisation } from "./organisation.ts";
import type { Alert, Decide, Decision, ListDecision, Reason, Verdict } from "./types.ts";

/** The entrypoints of the built-in policies: exactly these. */
export const ENTRYPOINTS = {
  admit: "kubiya/admit/decision",
  alerts: "kubiya/alerts/decision",
  call: "kubiya/call/decision",
  list: "kubiya/list/decision",
  manage: "kubiya/manage/decision",
  mask: "kubiya/mask/decision",
  read: "kubiya/read/decision",
} as const;

/** What decisions are made with. */
export interface DecideParts {
  readonly builtin: Engine;
  /** Null where an organisation has no say. */
  readonly organisation: Organisation | null;
  /** The revision of the policies, and the digest of the facts that they read. */
  readonly revision: string;
  readonly facts: string;
  readonly newId: () => string;
  /** Milliseconds of a clock that never goes back. */
  readonly stopwatch: Clock;
  readonly log: Log;
}

/** What an organisation is not asked about. */
const HANDSHAKE: ReadonlySet<InputDocument["action"]> = new Set(["server/discover"]);

const NO_OBJECTIONS = { reasons: [], obligations: [] } as const;

/** No code of an organisation: those begin with its name. */
const HIDDEN: Reason = {
  code: "tools.hidden",
  message: "The organisation's policies hide this tool from this caller.",
};

/** The questions that policies answer, over these engines. */
export function createDecide(parts: DecideParts): Decide {
  const { builtin, organisation, newId, stopwatch, log } = parts;

  return {
    admit: (input) => judge(ENTRYPOINTS.admit, input, admissionOf(input.action)),
    read: async (input, subject) =>
      verdict(await judge(ENTRYPOINTS.read, input, objectionsTo), subject),
    manage: async (input, subject) =>
      verdict(await judge(ENTRYPOINTS.manage, input, objectionsTo), subject),
    list: async (input) => {
      const started = stopwatch();
      try {
        return await judgeList(input, started);
      } catch (thrown) {
        return { ...decision(broken(thrown), started), visible: {} };
      }
    },
    call: async (input, subject) =>
      verdict(await judge(ENTRYPOINTS.call, input, objectionsToCall), subject),
    mask: async (record) => {
      try {
        return await mask(record);
      } catch (thrown) {
        log.error("the policies could not say what to mask", { thrown });
        return null;
      }
    },
    alerts: async (sighting) => {
      try {
        return await alerts(sighting);
      } catch (thrown) {
        log.error("the policies could not say what to alert of", { thrown });
        return null;
      }
    },
  };

  async function judge(
    entrypoint: string,
    input: InputDocument,
    object: Ask | null,
  ): Promise<Decision> {
    const started = stopwatch();
    try {
      const { answer } = await askBuiltin(entrypoint, input);
      const silent = organisation === null || object === null;
      const objections = silent ? NO_OBJECTIONS : await object(organisation, input);
      return decision(combine(answer, objections), started);
    } catch (thrown) {
      return decision(broken(thrown), started);
    }
  }

  async function judgeList(input: InputDocument, started: number): Promise<ListDecision> {
    const { answer, value } = await askBuiltin(ENTRYPOINTS.list, input);
    const visible = readVisible(value);
    const objections = await organisation?.judge(input);
    const hidden = await organisation?.hidden(input);
    const reasons = [
      ...(objections?.reasons ?? []),
      ...(hidden?.ok === false ? [hidden.failure] : []),
      ...(visible === null && answer.allow ? [invalid(ENTRYPOINTS.list)] : []),
    ];
    const obligations = objections?.obligations ?? [];
    const judged = decision(combine(answer, { reasons, obligations }), started);
    if (!judged.allow || visible === null) return { ...judged, visible: {} };
    return { ...judged, visible: combineVisible(visible, hidden?.ok ? hidden.value : null) };
  }

  async function mask(record: JsonObject): Promise<readonly string[] | null> {
    const answered = await builtin.ask(ENTRYPOINTS.mask, record);
    // Nobody can look into it, so nothing of it is shown.
    if (!answered.ok && answered.failure.reason === "unfit_input") return ["/parameters"];
    const ours = answered.ok ? readPaths(answered.value) : null;
    const theirs = organisation === null ? [] : await organisation.mask(record);
    if (ours === null || theirs === null) log.error("the policies could not say what to mask");
    return ours === null || theirs === null ? null : [...ours, ...theirs];
  }

  async function alerts(sighting: JsonObject): Promise<readonly Alert[] | null> {
    const answered = await builtin.ask(ENTRYPOINTS.alerts, sighting);
    const read = answered.ok ? readAlerts(answered.value) : null;
    if (read === null) log.error("the policies could not say what to alert of");
    return read;
  }

  async function askBuiltin(
    entrypoint: string,
    input: InputDocument,
  ): Promise<{ readonly answer: BuiltinAnswer; readonly value: unknown }> {
    const answered = await builtin.ask(entrypoint, asObject(input));
    if (!answered.ok) {
      log.error("the policy engine failed", { entrypoint, ...answered.failure });
      const unfit = answered.failure.reason === "unfit_input";
      return { answer: denial(unfit ? UNFIT : ENGINE_FAILED), value: null };
    }
    const answer = readDecision(answered.value) ?? denial(invalid(entrypoint));
    return { answer, value: answered.value };
  }

  /** The judgement where something threw that nobody expected to. */
  function broken(thrown: unknown): Judgement {
    log.error("a decision broke off", { thrown });
    return combine(denial(ENGINE_FAILED), NO_OBJECTIONS);
  }

  function decision(judgement: Judgement, startedMs: number): Decision {
    const micros = Math.round((stopwatch() - startedMs) * 1000);
    return { ...judgement, id: newId(), revision: parts.revision, facts: parts.facts, micros };
  }
}

/** Only what was allowed may be done. */
function verdict<Subject>(judged: Decision, subject: Subject): Verdict<Subject> {
  if (!judged.allow) return { allowed: false, decision: judged };
  return { allowed: true, decision: judged, permit: mintPermit(judged.id, subject) };
}

const ENGINE_FAILED: Reason = {
  code: "policy.error",
  message: "The policies could not answer, so nothing was run; look at the server's log.",
};

const UNFIT: Reason = {
  code: "input.invalid",
  message:
    "The request is larger or more deeply nested than policies can judge, or has text that is no Unicode; send less.",
};

function invalid(entrypoint: string): Reason {
  return {
    code: "policy.invalid_decision",
    message: `The policies answered ${entrypoint} in a shape that is none, so nothing was run.`,
  };
}

function denial(reason: Reason): BuiltinAnswer {
  return { allow: false, reasons: [reason], obligations: [] };
}

/** What an organisation has against something. */
type Ask = (theirs: Organisation, input: InputDocument) => Promise<Objections>;

const objectionsTo: Ask = (theirs, input) => theirs.judge(input);

/** What is hidden does not exist, whatever else the organisation thinks of it. */
const objectionsToCall: Ask = async (theirs, input) => {
  const hidden = await objectionsToExistence(theirs, input);
  return hidden.reasons.length > 0 ? hidden : theirs.judge(input);
};

/** Asked of a tool that does not exist too: its answer must not tell what an organisation thinks of others. */
const objectionsToExistence: Ask = async (theirs, input) => {
  const hidden = await theirs.hidden(input);
  if (!hidden.ok) return { reasons: [hidden.failure], obligations: [] };
  const isHidden = hidden.value.includes(input.tool?.name ?? "");
  return { reasons: isHidden ? [HIDDEN] : [], obligations: [] };
};

function admissionOf(action: InputDocument["action"]): Ask | null {
  if (HANDSHAKE.has(action)) return null;
  return action === "tools/call" ? objectionsToExistence : objectionsTo;
}
