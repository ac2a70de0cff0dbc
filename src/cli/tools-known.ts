import type { KnownDefinition } from "../credential/types.ts";
import { digestOf } from "../lib/digest.ts";
import { isNamedAfter } from "../lib/named-after.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import type { Tool } from "../tools/types.ts";
import { openedFor } from "./auth-open.ts";
import { difference } from "./difference.ts";
import { nearestCommand } from "./nearest.ts";
import { asWord } from "./quoted.ts";
import { text } from "./typed.ts";
import {
  EXIT,
  type ExitCode,
  type Host,
  type OpenedCredentials,
  type Typed,
  type Unread,
} from "./types.ts";

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

/** Every tool that is known, by name, and the upstreams that did not say what they present now. */
export interface Known {
  readonly tools: readonly KnownTool[];
  readonly unread: readonly Unread[];
}

/**
 * Every tool that is known once its upstream has said what it presents now, or all of them where no tool is named.
 * Which of them did not, or has none, is told; so is why nothing can be read at all.
 */
export async function knownTools(
  typed: Typed,
  host: Host,
  about?: string,
): Promise<Outcome<Known, ExitCode>> {
  const read = await openedFor(typed, host, async (opened) => {
    const asked = opened.config.mcpServers.filter(
      ({ name }) => about === undefined || isNamedAfter(name, about),
    );
    const unread = await opened.meetUpstreams(asked);
    const tools = await toolsIn(opened, host);
    if (!tools.ok) return tools;
    const known = { tools: tools.value, unread };
    for (const { name } of asked) tellMissing(name, known, host);
    return done(known);
  });
  return read.ok ? read.value : read;
}

/** Whether nothing can be shown of an upstream that did not say what it presents. */
export function isInTheDark({ tools, unread }: Known): boolean {
  return unread.some(({ name }) => !hasAny(name, tools));
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

/** Says that there is no such tool, and which one may be meant; or that nobody can tell. */
export function noTool(name: string, { tools, unread }: Known, host: Host): ExitCode {
  if (unread.some((one) => isNamedAfter(one.name, name))) {
    host.remark(`no tool ${escapeUnprintable(name)} is known\n`);
    return EXIT.outside;
  }
  const meant = nearestCommand(
    name,
    tools.map((tool) => tool.name),
  );
  const hint = meant === "" ? "see kubiya tools list" : `did you mean ${meant}?`;
  host.remark(`there is no tool ${escapeUnprintable(name)}; ${hint}\n`);
  return EXIT.no;
}

function tellMissing(name: string, { tools, unread }: Known, host: Host): void {
  const missed = unread.find((one) => one.name === name);
  const any = hasAny(name, tools);
  if (missed !== undefined) {
    const shown = any ? "this is what was known of it" : "nothing is known of it";
    host.remark(`${name} cannot be read: ${escapeUnprintable(missed.why)}; ${shown}\n`);
  } else if (!any) host.remark(`${name} has no tool that can be offered\n`);
}

function hasAny(upstream: string, tools: readonly KnownTool[]): boolean {
  return tools.some(({ origin }) => origin === upstream);
}

async function toolsIn(
  opened: OpenedCredentials,
  host: Host,
): Promise<Outcome<readonly KnownTool[], ExitCode>> {
  const known = await opened.definitions();
  if (known.ok) return done(toolsOf(opened, known.value));
  host.remark(`${known.failure.detail}\n`);
  return failed(EXIT.outside);
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
