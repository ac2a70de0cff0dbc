import type { KnownDefinition } from "../credential/types.ts";
import { digestOf } from "../lib/digest.ts";
import type { Tool } from "../tools/types.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { withCredentials } from "./auth-open.ts";
import { quoted } from "./quoted.ts";
import { EXIT, type ExitCode, type Host, type OpenedCredentials, type Typed } from "./types.ts";

/** A tool as commands tell of it. */
export interface KnownTool {
  readonly name: string;
  readonly source: string;
  /** The upstream that presents it; null where the configuration defines it. */
  readonly origin: string | null;
  readonly status: "approved" | "held back";
  /** Of what it is now, approved or not. */
  readonly digest: string;
  readonly description: string;
  /** What was approved, and what is presented; null where there is none that can be read. */
  readonly approved: object | null;
  readonly presented: object | null;
}

const PLAIN = /^[\w.:/-]+$/;

/** What to type once this was looked at. A name that a source made up is no more than a word of that. */
export function howToApprove({ name, digest }: KnownTool): string {
  const shown = escapeUnprintable(name);
  const word = PLAIN.test(shown) ? shown : quoted(shown);
  return `to approve this: kubiya tools approve ${word} --digest ${digest}\n`;
}

/** Gives a command every tool that is known, by name. */
export function withTools(
  typed: Typed,
  host: Host,
  work: (tools: readonly KnownTool[]) => ExitCode,
): Promise<ExitCode> {
  return withCredentials(typed, host, (opened) => tellOf(opened, host, work));
}

/** The same, but that upstreams which nobody has seen yet are started once and looked at. */
export function withAllTools(
  typed: Typed,
  host: Host,
  work: (tools: readonly KnownTool[]) => ExitCode,
): Promise<ExitCode> {
  return withCredentials(typed, host, async (opened) => {
    const silent = await opened.meetUpstreams();
    for (const name of silent) {
      host.remark(
        `${escapeUnprintable(name)} has not said what it has: see above, or try it by itself\n`,
      );
    }
    return tellOf(opened, host, work);
  });
}

async function tellOf(
  opened: OpenedCredentials,
  host: Host,
  work: (tools: readonly KnownTool[]) => ExitCode,
): Promise<ExitCode> {
  const known = await opened.definitions();
  if (!known.ok) {
    host.remark(`${known.failure.detail}\n`);
    return EXIT.outside;
  }
  return work(toolsOf(opened, known.value));
}

function toolsOf(
  { config, current }: OpenedCredentials,
  known: readonly KnownDefinition[],
): readonly KnownTool[] {
  const own = [...current().world.toolbox.catalogue.values()].filter(
    ({ source }) => source !== "upstream",
  );
  const names = new Set(own.map(({ name }) => name));
  const configured = new Set(config.mcpServers.map(({ name }) => name));
  const presented = known.filter(
    ({ tool, origin }) => (configured.has(origin) || isOfCloud(origin)) && !names.has(tool),
  );
  return [...own.map(definedTool), ...presented.map(presentedTool)].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

/** A source of the cloud; no name of another server has a colon. */
function isOfCloud(origin: string): boolean {
  return origin.startsWith("cloud:");
}

function definedTool(tool: Tool): KnownTool {
  const { name, source, digest, description } = tool;
  return {
    ...{ name, source, origin: null, status: "approved", digest, description },
    ...{ approved: tool, presented: tool },
  };
}

function presentedTool({ tool, origin, approved, presented }: KnownDefinition): KnownTool {
  const digest = digestOf(presented);
  const description = approved?.["description"];
  return {
    ...{ name: tool, source: isOfCloud(origin) ? "cloud" : "upstream" },
    ...{ origin, digest, approved, presented },
    status: approved !== null && digestOf(approved) === digest ? "approved" : "held back",
    description: typeof description === "string" ? description : "",
  };
}
