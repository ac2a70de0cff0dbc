import type { Config } from "../config/types.ts";
import type { KnownDefinition } from "../credential/types.ts";
import { digestOf } from "../lib/digest.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import type { Tool } from "../tools/types.ts";
import { openedFor } from "./auth-open.ts";
import { difference } from "./difference.ts";
import { nearestCommand } from "./nearest.ts";
import { asWord } from "./quoted.ts";
import { text } from "./typed.ts";
import { EXIT, type ExitCode, type Host, type OpenedCredentials, type Typed } from "./types.ts";
import { unseenHint } from "./unseen.ts";

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

/** Every tool that is known, by name, and the upstreams that may have others. */
export interface Known {
  readonly tools: readonly KnownTool[];
  readonly mcpServers: Config["mcpServers"];
}

/** Every tool that is known; where that cannot be read it is told why. */
export async function knownTools(typed: Typed, host: Host): Promise<Outcome<Known, ExitCode>> {
  const read = await openedFor(typed, host, (opened) => knownIn(opened, host));
  return read.ok ? read.value : read;
}

/** The same, but that upstreams which nobody has seen yet are started once and looked at; what is missing is told. */
export async function allKnownTools(typed: Typed, host: Host): Promise<Outcome<Known, ExitCode>> {
  const read = await openedFor(typed, host, async (opened) => {
    const silent = await opened.meetUpstreams();
    const known = await knownIn(opened, host);
    if (known.ok) tellMissing(known.value, silent, host);
    return known;
  });
  return read.ok ? read.value : read;
}

/** What changed in a definition, under its name and the digest that stands for the whole of it. */
export function told({ name, digest, approved, presented }: KnownTool): string {
  return `${escapeUnprintable(name)} ${digest}\n${difference(approved, presented)}`;
}

/** What to type once this was looked at. */
export function howToApprove({ name, digest }: KnownTool, typed: Typed): string {
  return `to approve this: ${toType("approve", name, typed)} --digest ${digest}\n`;
}

/** A command about a tool of the configuration that was typed. A name that a source made up is no more than a word of it. */
export function toType(command: "approve" | "diff", name: string, typed: Typed): string {
  const config = text(typed, "config");
  const about = config === undefined ? [] : ["--config", config];
  const words = ["kubiya", "tools", command, name, ...about];
  return words.map((word) => asWord(escapeUnprintable(word))).join(" ");
}

/** Says that there is no such tool, and which one may be meant or what to do first. */
export function noTool(name: string, { tools, mcpServers }: Known, host: Host): ExitCode {
  const names = tools.map((tool) => tool.name);
  const meant = nearestCommand(name, names);
  const hint = meant === "" ? "see kubiya tools list" : `did you mean ${meant}?`;
  const missing = `there is no tool ${escapeUnprintable(name)}; ${hint}`;
  host.remark(`${unseenHint(name, { mcpServers }, names) ?? missing}\n`);
  return EXIT.no;
}

function tellMissing({ tools, mcpServers }: Known, silent: readonly string[], host: Host): void {
  for (const { name } of mcpServers) {
    if (silent.includes(name)) {
      host.remark(`${name} has not said what it has: see above, or try it by itself\n`);
    } else if (!tools.some(({ origin }) => origin === name)) {
      host.remark(`${name} has no tool that can be offered\n`);
    }
  }
}

async function knownIn(opened: OpenedCredentials, host: Host): Promise<Outcome<Known, ExitCode>> {
  const known = await opened.definitions();
  if (!known.ok) {
    host.remark(`${known.failure.detail}\n`);
    return failed(EXIT.outside);
  }
  const { mcpServers } = opened.config;
  return done({ tools: toolsOf(opened, known.value), mcpServers });
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
