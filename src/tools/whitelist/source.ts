// On the trust boundary: the tools that a configuration defines, as a source. What runs is what was permitted,
// with the secrets of its definition hidden in all that it says.

import type { Config } from "../../config/types.ts";
import { failed } from "../../lib/outcome.ts";
import type { RunInCloud, RunWork } from "../../runners/types.ts";
import type { Hide } from "../hide.ts";
import { createPlanCall } from "../plan-call.ts";
import { createSaid, resultOf } from "../said.ts";
import type { RunStep, Source } from "../types.ts";
import type { Whitelisted } from "./definitions.ts";
import { prepareForCloud } from "./prepare-for-cloud.ts";
import { prepare } from "./prepare.ts";

/** What the source is made of. */
export interface WhitelistSourceParts {
  readonly config: Config;
  readonly tools: ReadonlyMap<string, Whitelisted>;
  readonly runWork: RunWork;
  /** Null where no cloud is used. */
  readonly runInCloud: RunInCloud | null;
  /** Hides the secrets of the server, those of tools among them, in all that a tool says. */
  readonly hide: Hide;
}

/** The tools that a configuration defines. */
export function createWhitelistSource(parts: WhitelistSourceParts): Source {
  const { tools } = parts;
  return {
    catalogue: new Map([...tools].map(([name, { tool }]) => [name, tool])),
    plan: createPlanCall(tools),
    run: createRun(parts),
    library: null,
  };
}

function createRun({ config, tools, runWork, runInCloud, hide }: WhitelistSourceParts): RunStep {
  return async (permit, { signal, report }) => {
    const { tool, arguments: args, runner } = permit.subject;
    const found = tools.get(tool.name);
    if (found === undefined) throw new TypeError("nothing was run: this tool is another source's");
    const said = createSaid(hide, config.limits.max_response_size);
    const onLine = (line: string): void => report({ kind: "line", text: said.line(line) });
    const watch = { signal, onLine };
    switch (runner.kind) {
      case "local": {
        const work = prepare(found, args, config);
        if (!work.ok) return work;
        const ran = await runWork(permit, { runner, work: work.value }, watch);
        return resultOf(ran, said, work.value.kind === "container" ? work.value.memory : null);
      }
      case "kubiya": {
        if (runInCloud === null) {
          return failed({ reason: "runner_not_available", runner: runner.name });
        }
        const work = prepareForCloud(found, args, { runner, limits: config.limits });
        if (!work.ok) return work;
        return resultOf(await runInCloud(permit, { runner, work: work.value }, watch), said);
      }
    }
  };
}
