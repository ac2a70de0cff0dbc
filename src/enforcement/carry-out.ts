// On the trust boundary: the one place where something is run or read. It never begins without a durable
// intent, and it never answers before the outcome is recorded.

import type { AuditedAction, AuditedEnd, AuditFailure, Intent } from "../audit/types.ts";
import type { Decide, Decision } from "../decision/types.ts";
import type { Circumstances } from "../input/types.ts";
import { digestOf } from "../lib/digest.ts";
import type { Json } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type {
  Given,
  Questions,
  Running,
  ToolFailure,
  ToolResult,
  Waiting,
} from "../tools/types.ts";
import { endOf } from "./end.ts";
import { limitWhole } from "./limit.ts";
import { limitFailure, limitNews, outputLimit } from "./obligations.ts";
import type { Trail } from "./trail.ts";
import type { Answered, Asking, Judged, Parts, Refusal } from "./types.ts";
import type { Unheard } from "./unheard.ts";

type Decided = AuditedAction & { readonly decision: Decision };

/** Something that was permitted, as it is recorded and as it is done. */
export interface Work<Result> {
  /** Whose failure it is, in an answer. */
  readonly name: string;
  readonly action: Decided;
  /** What runs as one with it, each recorded by itself. */
  readonly beside?: readonly Decided[];
  readonly run: (running: Running) => Promise<Outcome<Result | Questions, ToolFailure>>;
  /** What of its result leaves where so many bytes may. */
  readonly limit: (result: Result, maxBytes: number) => Outcome<Result, ToolFailure>;
}

/** Carries out what was permitted. */
export type CarryOut = <Result extends ToolResult | Given>(
  judged: Judged,
  work: Work<Result>,
  waiting: Waiting,
) => Promise<Outcome<Result | Asking, Refusal>>;

/** Carries out work: its intent first, its outcome before its answer. */
export function createCarryOut(
  { clock, keepAlive, log, seal }: Parts,
  trail: Trail,
  unheard: Pick<Unheard, "follow">,
): CarryOut {
  return async ({ snapshot, circumstances }, work, waiting) => {
    const { name, action, beside = [] } = work;
    const intents = await beginAll(trail, snapshot.decide, [action, ...beside]);
    if (!intents.ok) return intents;
    const startedMs = clock();
    const { session } = circumstances.caller;
    const release = session === null ? null : keepAlive.hold(session, startedMs);
    const limit = Math.min(...[action, ...beside].map(({ decision }) => outputLimit(decision)));
    const report = limitNews(waiting.report, limit);
    const ran = await runToEnd(work, { ...waiting, report, caller: callerOf(circumstances) });
    release?.(clock());
    const recorded = await endAll(intents.value, endOf(ran, Math.max(0, clock() - startedMs)));
    const runsOn = ran.ok && ran.value.kind === "questions" ? ran.value.runsOn : undefined;
    if (runsOn !== undefined) unheard.follow({ name, intents: intents.value, startedMs, runsOn });
    const left = ran.ok
      ? leaving(work, ran.value, limit)
      : failed(limitFailure(ran.failure, limit));
    // Nobody comes back for what never left.
    if (!recorded.ok || !left.ok) runsOn?.giveUp();
    if (!recorded.ok) return recorded;
    if (!left.ok) return failed({ reason: "tool_failed", tool: name, failure: left.failure });
    return left;
  };

  function leaving<Result extends ToolResult | Given>(
    { action, limit }: Work<Result>,
    value: Result | Questions,
    maxBytes: number,
  ): Outcome<Result | Asking, ToolFailure> {
    if (value.kind !== "questions") return limit(value, maxBytes);
    const asking = limitWhole(value, maxBytes);
    if (!asking.ok) return asking;
    const { kind, questions, runsOn } = asking.value;
    const state = seal.close(value.state, purposeOf(action));
    return done({ kind, questions, state, ...(runsOn && { giveUp: runsOn.giveUp }) });
  }

  /** Whatever is thrown is an end too: an intent without one says that the server was killed. */
  async function runToEnd<Result>(
    { name, run }: Work<Result>,
    running: Running,
  ): Promise<Outcome<Result | Questions, ToolFailure>> {
    try {
      return await run(running);
    } catch (thrown) {
      log.error("a tool broke off", { tool: name, thrown });
      return failed({ reason: "broke_off" });
    }
  }
}

/** Strangers over HTTP cannot be told apart: each of their requests is a caller's of its own. */
function callerOf({ caller, transport, requestId }: Circumstances): string {
  const isStranger = caller.principal.kind === "anonymous" && transport === "http";
  return digestOf({ ...holderOf(caller), request: isStranger ? requestId : null });
}

/** Who calls, and by which credential. */
function holderOf({ principal, credential }: Circumstances["caller"]) {
  const { kind, id } = principal;
  return { kind, id, credential: credential.id };
}

const NOT_BEGUN: AuditedEnd = {
  ...{ result: "error", errorCode: "audit.unavailable", exitCode: null, durationMs: 0 },
  ...{ outputBytes: null, outputDigest: null },
};

/** All intents or nothing: those before the first that cannot be recorded end in that. */
async function beginAll(
  trail: Trail,
  decide: Decide,
  actions: readonly AuditedAction[],
): Promise<Outcome<readonly Intent[], AuditFailure>> {
  const intents: Intent[] = [];
  for (const action of actions) {
    const intent = await trail.begin(decide, action);
    if (!intent.ok) {
      await endAll(intents, NOT_BEGUN);
      return intent;
    }
    intents.push(intent.value);
  }
  return done(intents);
}

async function endAll(
  intents: readonly Intent[],
  end: AuditedEnd,
): Promise<Outcome<void, AuditFailure>> {
  const ended = await Promise.all(intents.map((intent) => intent.end(end)));
  return ended.find(({ ok }) => !ok) ?? done(undefined);
}

/** What a caller brings back for this very action. */
export function reopen(
  { seal }: Pick<Parts, "seal">,
  action: AuditedAction,
  answered: Answered | null,
): Outcome<
  { readonly answers: Answered["answers"]; readonly state: Json } | null,
  "invalid_state"
> {
  if (answered === null) return done(null);
  const { answers, state } = answered;
  if (state === null) return done({ answers, state: null });
  const opened = seal.open(state, purposeOf(action));
  return opened.ok ? done({ answers, state: opened.value }) : opened;
}

/** Whose call it is, of what, with which arguments. */
function purposeOf(audited: AuditedAction): Json {
  const { circumstances, action, toolName, origin, step, parameters } = audited;
  return {
    ...holderOf(circumstances.caller),
    action,
    toolName,
    origin,
    step: step?.tool.digest ?? null,
    parameters,
  };
}
