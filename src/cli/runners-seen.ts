import type { SeenRunner } from "../runners/types.ts";
import { faultLine } from "../lib/fault.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { tellJson } from "./auth-shown.ts";
import { cloudFailure } from "./cloud-failure.ts";
import { columns } from "./columns.ts";
import { flagsOf, given } from "./typed.ts";
import { EXIT, type ExitCode, type Host, type Typed } from "./types.ts";

/** How runners are shown. */
interface Shown {
  readonly about: "names" | "health";
  readonly heads: readonly string[];
  readonly cells: (runner: SeenRunner) => readonly string[];
  readonly row: (runner: SeenRunner) => object;
}

/** Shows every runner: a line each, or an array. What the cloud did not say is remarked, and is exit code 4. */
export async function tellRunners(typed: Typed, host: Host, shown: Shown): Promise<ExitCode> {
  const loaded = await host.loadConfig(flagsOf(typed))();
  if (!loaded.ok) {
    for (const fault of loaded.failure) host.remark(`${faultLine(fault)}\n`);
    return EXIT.configuration;
  }
  const { runners, unheard } = await host.lookAtRunners(loaded.value.config, shown.about);
  if (given(typed, "json")) tellJson(runners.map(shown.row), host);
  else host.answer(columns([shown.heads, ...runners.map(shown.cells)]));
  if (unheard === null) {
    host.remark("no cloud is asked: set `kubiya` and an `api_key` of it for its runners\n");
    return EXIT.yes;
  }
  for (const { about, failure } of unheard) {
    const [message, mend] = cloudFailure(failure);
    const field = escapeUnprintable(about ?? "");
    const fault = { path: "the Kubiya cloud", field, message: escapeUnprintable(message), mend };
    host.remark(`${faultLine(fault)}\n`);
  }
  return unheard.length === 0 ? EXIT.yes : EXIT.outside;
}
