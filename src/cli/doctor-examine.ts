import type { Fault } from "../lib/fault.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { CHECKS } from "./doctor-checks.ts";
import { type Examined, fail, type Found } from "./doctor-found.ts";
import { flagsOf, given } from "./typed.ts";
import { type Command, EXIT, type ExitCode } from "./types.ts";

/** Makes every check, and tells what each of them found. */
export const examineAll: Command["run"] = async (typed, host) => {
  const loaded = await host.loadConfig(flagsOf(typed))();
  const told = loaded.ok
    ? await examine({ host, typed, ...loaded.value })
    : loaded.failure.map(faultTold);
  host.answer(given(typed, "json") ? asJson(told) : told.map(asLines).join(""));
  if (!loaded.ok) {
    host.remark("the configuration cannot be used: the other checks wait until it can\n");
    return EXIT.configuration;
  }
  return exitOf(told);
};

/** What one check found, as it is told. */
interface Told extends Found {
  readonly check: string;
  readonly reaches: "machine" | "outside";
}

async function examine(examined: Examined): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const { name: check, reaches, look } of CHECKS) {
    for (const found of await look(examined)) told.push({ check, reaches, ...found });
  }
  return told;
}

function faultTold({ path, field, message, mend }: Fault): Told {
  const place = field === "" ? path : `${path}: ${field}`;
  return { check: "configuration", reaches: "machine", ...fail(`${place} ${message}`, mend) };
}

function exitOf(told: readonly Told[]): ExitCode {
  const failing = told.filter(({ status }) => status === "fail");
  if (failing.some(({ reaches }) => reaches === "outside")) return EXIT.outside;
  return failing.length > 0 ? EXIT.no : EXIT.yes;
}

function asJson(told: readonly Told[]): string {
  const checks = told.map(({ check, status, message, mend }) => ({ check, status, message, mend }));
  const isOk = told.every(({ status }) => status !== "fail");
  return `${JSON.stringify({ ok: isOk, checks }, null, 2)}\n`;
}

const WIDTH = Math.max(...CHECKS.map(({ name }) => name.length));

function asLines({ check, status, message, mend }: Told): string {
  const line = `${status.padEnd(4)}  ${check.padEnd(WIDTH)}  ${escapeUnprintable(message)}\n`;
  return mend === null ? line : `${line}${" ".repeat(WIDTH + 8)}-> ${escapeUnprintable(mend)}\n`;
}
