import type { Recorded } from "../audit/types.ts";
import type { Asked, BuildInput, Circumstances, InputDocument } from "../input/types.ts";
import { digestOf } from "../lib/digest.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { ResolveRunner } from "../runners/types.ts";
import type { Step, Toolbox } from "../tools/types.ts";
import { decidedCodes } from "./audit-choice.ts";
import { callerIn, type Store, textOf } from "./recorded-caller.ts";
import { unseenHint } from "./unseen.ts";

/** The actions whose input a record has: what is called, listed and read. */
const ACTIONS: ReadonlyMap<string, Asked["action"]> = new Map([
  ["execute_tool", "tools/call"],
  ["list_tools", "tools/list"],
  ["resources/list", "resources/list"],
  ["resources/templates/list", "resources/templates/list"],
  ["resources/read", "resources/read"],
  ["resources/subscribe", "resources/subscribe"],
  ["resources/unsubscribe", "resources/unsubscribe"],
  ["prompts/list", "prompts/list"],
  ["prompts/get", "prompts/get"],
  ["completion/complete", "completion/complete"],
]);

/** Answers that depend on what no record has; the second says on what. */
const UNKNOWABLE: readonly (readonly [RegExp, string])[] = [
  [/^session\.(?!missing$)/, "when its session began and was used is not recorded"],
  [/^access\./, "access was frozen, or nobody could tell"],
  [/^(?:policy|audit|throttle|server|input)\./, "no policy answered, or it could not"],
];

/** What an input of then is rebuilt with. */
export interface Rebuilding extends Store {
  readonly toolbox: Pick<Toolbox, "catalogue" | "plan">;
  readonly resolveRunner: ResolveRunner;
  readonly buildInput: BuildInput;
}

/** An input that was decided on once, as far as a record and the present configuration have it. */
export interface Rebuilt {
  readonly input: InputDocument;
  /** Whether the tool is defined as it was. */
  readonly definition: "same" | "changed";
}

/** Whether a record is of something that replay is about. */
export function isReplayed({ action, whole }: Recorded): boolean {
  return ACTIONS.has(action) && isJsonObject(whole["decision"]) && whole["transport"] !== "cli";
}

/** The input that a record was decided on; the failure says why nobody can know it. */
export function inputIn(record: Recorded, parts: Rebuilding): Outcome<Rebuilt, string> {
  const action = ACTIONS.get(record.action);
  if (action === undefined || !isReplayed(record)) {
    return failed("only calls, lists and readings of clients are recorded with what they asked");
  }
  const codes = decidedCodes(record.whole);
  const unknowable = UNKNOWABLE.find(([which]) => codes.some((code) => which.test(code)));
  if (unknowable !== undefined) return failed(unknowable[1]);
  const { parameters, parameters_digest: digest } = record.whole;
  if (hidesSecret(record)) return failed("a secret was taken out of what is recorded");
  if (isJsonObject(parameters) && digestOf(parameters) !== digest) {
    return failed("its parameters were too long, and are recorded in part");
  }
  const atMs = Date.parse(record.timestamp) - Number(record.whole["duration_ms"] ?? 0);
  const caller = callerIn(record, atMs, parts);
  if (!caller.ok) return caller;
  const circumstances = circumstancesIn(record, { atMs, caller: caller.value });
  const called = action === "tools/call" ? stepIn(record, parts) : done(null);
  if (!called.ok) return called;
  const step = called.value;
  const asked: Asked = {
    action,
    ...(step === null ? {} : { step }),
    ...(action !== "tools/call" && isJsonObject(parameters)
      ? readIn(record.whole, parameters)
      : {}),
  };
  const same = step === null || step.tool.digest === record.whole["tool_digest"];
  const input = parts.buildInput(circumstances, asked);
  return done({ input, definition: same ? "same" : "changed" });
}

/** What was asked for, and of whom. */
function readIn(whole: JsonObject, parameters: JsonObject): Pick<Asked, "arguments" | "reading"> {
  return { arguments: parameters, reading: { origin: textOf(whole["origin"]) } };
}

/** In whatever a policy may look at. */
function hidesSecret({ whole }: Recorded): boolean {
  const { parameters, user_id, client, runner, tool_name, origin, roles } = whole;
  const seen = [parameters, user_id, client, runner, tool_name, origin, roles];
  return JSON.stringify(seen).includes("[REDACTED:");
}

/** The protocol's era is not recorded: it is taken to be the modern one. */
function circumstancesIn(
  { whole }: Recorded,
  { atMs, caller }: { readonly atMs: number; readonly caller: Circumstances["caller"] },
): Circumstances {
  const client: JsonObject = isJsonObject(whole["client"]) ? whole["client"] : {};
  return {
    requestId: textOf(whole["request_id"]) ?? "",
    transport: whole["transport"] === "http" ? "http" : "stdio",
    era: "modern",
    nowMs: atMs,
    client: {
      ip: textOf(whole["client_ip"]),
      peer_ip: textOf(whole["peer_ip"]),
      name: textOf(client["name"]),
      version: textOf(client["version"]),
    },
    caller,
    frozen: null,
  };
}

/** Null: there was no such tool, and there is none now. */
function stepIn(
  { whole, parameters }: Recorded,
  { config, toolbox, resolveRunner }: Rebuilding,
): Outcome<Step | null, string> {
  const name = textOf(whole["tool_name"]) ?? "";
  const wasTool = whole["tool_digest"] !== null;
  const isTool = toolbox.catalogue.has(name);
  if (!wasTool && !isTool) return done(null);
  if (!isTool) {
    const hint = unseenHint(name, config, [...toolbox.catalogue.keys()]);
    return failed(hint ?? "no source offers its tool now");
  }
  if (!wasTool) return failed("no source offered its tool then");
  const planned = toolbox.plan(name, parameters);
  const [first] = planned.ok ? planned.value.steps : [];
  const step =
    !planned.ok && planned.failure.reason === "invalid_arguments" ? planned.failure.step : first;
  if (step === undefined) return failed("its tool plans nothing now");
  const requested = isJsonObject(whole["runner"]) ? textOf(whole["runner"]["requested"]) : null;
  return done({ ...step, runner: requested === null ? step.runner : resolveRunner(requested) });
}
