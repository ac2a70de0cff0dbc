import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { faultLine } from "../lib/fault.ts";
import { failed, done, type Outcome } from "../lib/outcome.ts";
import { evaluate } from "./evaluate.ts";
import { CONFIG_OPTIONS, flagsOf, given, text, texts } from "./typed.ts";
import {
  type Command,
  EXIT,
  type Evaluated,
  type Host,
  type Question,
  type Typed,
} from "./types.ts";

/** `kubiya policy eval` */
export const policyEval: Command = {
  name: "policy eval",
  summary: "what the policies would decide, and why",
  options: [
    { flags: "--input <file>", summary: "an input document" },
    { flags: "--tool <name>", summary: "the tool that is called" },
    { flags: "--arg <name=value>", summary: "an argument of the call", repeats: true },
    { flags: "--as <caller>", summary: "anonymous, role:R or user:U" },
    { flags: "--ip <address>", summary: "where the caller is" },
    { flags: "--runner <name>", summary: "where the tool would run" },
    { flags: "--now <time>", summary: "when, as 2026-11-23T12:00:00Z" },
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
  if (file !== undefined) return readDocument(resolve(host.cwd, file));
  if (tool === undefined) return failed("name a tool with --tool, or a document with --input");
  const pairs = texts(typed, "arg").map((pair) => [pair.split("=")[0] ?? "", pair] as const);
  const unfit = pairs.find(([name, pair]) => name === "" || name === pair);
  if (unfit !== undefined) return failed(`--arg ${unfit[1]}: write it as name=value`);
  const as = text(typed, "as") ?? "anonymous";
  if (!/^(?:anonymous|role:.+|user:.+)$/.test(as)) {
    return failed(`--as ${as}: write anonymous, role:R or user:U`);
  }
  const now = text(typed, "now") ?? null;
  if (now !== null && Number.isNaN(Date.parse(now))) return failed(`--now ${now}: is no time`);
  return done({
    kind: "call",
    tool,
    arguments: Object.fromEntries(pairs.map(([name, pair]) => [name, pair.slice(name.length + 1)])),
    as,
    ip: text(typed, "ip") ?? null,
    runner: text(typed, "runner") ?? null,
    now,
  });
}

async function readDocument(path: string): Promise<Outcome<Question, string>> {
  try {
    return done({ kind: "document", document: JSON.parse(await readFile(path, "utf8")) });
  } catch {
    return failed(`--input ${path}: is not there, or is not JSON`);
  }
}

function told({ decision }: Evaluated): string {
  return [
    decision.allow ? "allowed" : "denied",
    ...decision.reasons.map(({ code, message }) => `  ${code}: ${message}`),
    ...decision.obligations.map((obligation) => `  on the term ${JSON.stringify(obligation)}`),
    `  policies ${decision.revision}`,
    "",
  ].join("\n");
}
