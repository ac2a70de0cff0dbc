import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { faultLine } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { parseJson } from "../lib/json.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { canonicalAddress } from "../lib/address.ts";
import { evaluate } from "./evaluate.ts";
import { CONFIG_OPTIONS, flagsOf, given, text, texts } from "./typed.ts";
import {
  type Command,
  EXIT,
  type Evaluated,
  type Host,
  type Option,
  type Question,
  type Typed,
} from "./types.ts";

const CALL_OPTIONS: readonly Option[] = [
  { flags: "--tool <name>", summary: "the tool that is called" },
  { flags: "--as <caller>", summary: "anonymous (the default), role:R or user:U", parse: caller },
  {
    flags: "--arg <name=value>",
    summary: "an argument of the call; may be given several times",
    parse: argument,
    repeats: true,
  },
  { flags: "--ip <address>", summary: "where the caller is; left out: on stdio", parse: address },
  { flags: "--runner <name>", summary: "where the tool would run; left out: as it is defined" },
  { flags: "--now <time>", summary: "when, as 2026-11-23T12:00:00Z; left out: now", parse: time },
];

/** `kubiya policy eval` */
export const policyEval: Command = {
  name: "policy eval",
  summary: "Say what the policies would decide about a call, and why.",
  options: [
    { flags: "--input <file>", summary: "an input document, instead of the options of a call" },
    ...CALL_OPTIONS,
    ...CONFIG_OPTIONS,
  ],
  run: async (typed, host) => {
    const question = await questionOf(typed, host);
    if (!question.ok) {
      host.remark(`policy eval: ${question.failure}\n`);
      return EXIT.commandLine;
    }
    const policies = await host.openPolicies(host.loadConfig(flagsOf(typed)));
    if (!policies.ok) {
      for (const fault of policies.failure) host.remark(`${faultLine(fault)}\n`);
      return EXIT.configuration;
    }
    const evaluated = await evaluate(policies.value.current(), question.value, host);
    await policies.value.close();
    if (!evaluated.ok) {
      host.remark(`policy eval: ${evaluated.failure}\n`);
      return EXIT.commandLine;
    }
    const { value } = evaluated;
    host.answer(given(typed, "json") ? `${JSON.stringify(value, null, 2)}\n` : told(value));
    return value.decision.allow ? EXIT.yes : EXIT.no;
  },
};

async function questionOf(typed: Typed, host: Host): Promise<Outcome<Question, string>> {
  const file = text(typed, "input");
  const tool = text(typed, "tool");
  const ofCall = ["tool", "as", "arg", "ip", "runner", "now"].filter(
    (name) => typed.options[name] !== undefined,
  );
  if (file !== undefined && ofCall.length > 0) {
    return failed(`--input is a whole document: leave --${ofCall[0]} out`);
  }
  if (file !== undefined) return readDocument(resolve(host.cwd, file));
  if (tool === undefined) return failed("name a tool with --tool, or a document with --input");
  const pairs = (texts(typed, "arg") ?? []).map((pair) => {
    const [name = "", ...rest] = pair.split("=");
    return [name, rest.join("=")] as const;
  });
  return done({
    kind: "call",
    tool,
    arguments: Object.fromEntries(pairs),
    as: text(typed, "as") ?? "anonymous",
    ip: text(typed, "ip") ?? null,
    runner: text(typed, "runner") ?? null,
    now: text(typed, "now") ?? null,
  });
}

async function readDocument(path: string): Promise<Outcome<Question, string>> {
  let written: string;
  try {
    written = await readFile(path, "utf8");
  } catch {
    return failed(`--input ${path}: cannot be read; correct the path`);
  }
  try {
    return done({ kind: "document", document: parseJson(written) });
  } catch {
    return failed(`--input ${path}: is not JSON`);
  }
}

function caller(written: string): Outcome<string, string> {
  return /^(?:anonymous|role:.+|user:.+)$/s.test(written)
    ? done(written)
    : failed("It must be anonymous, role:R or user:U.");
}

function argument(written: string): Outcome<string, string> {
  return /^[^=]+=/.test(written) ? done(written) : failed("It must be name=value.");
}

function address(written: string): Outcome<string, string> {
  const canonical = canonicalAddress(written);
  return canonical === null ? failed("It must be an IPv4 or IPv6 address.") : done(canonical);
}

/** With its zone: without one it would mean another time on another machine. */
function time(written: string): Outcome<string, string> {
  const form = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;
  return form.test(written) && !Number.isNaN(Date.parse(written))
    ? done(written)
    : failed("It must be a time with its zone, as 2026-11-23T12:00:00Z.");
}

/** Policies write sentences, and callers' words stand in them: none may steer a terminal. */
function told({ decision }: Evaluated): string {
  return [
    decision.allow ? "allowed" : "denied",
    ...decision.reasons.map(({ code, message }) => `  ${escapeUnprintable(`${code}: ${message}`)}`),
    ...decision.obligations.map(
      (obligation) => `  on the term ${escapeUnprintable(JSON.stringify(obligation))}`,
    ),
    `  policies ${decision.revision}`,
    "",
  ].join("\n");
}
