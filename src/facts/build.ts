// On the trust boundary: turns configuration and catalogue into `data.facts`. It carries rights over as
// they are written and never judges them.

import type { Config, RoleDefinition } from "../config/types.ts";
import { digestOf } from "../lib/digest.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Tool, Toolbox } from "../tools/types.ts";
import type { Facts, World } from "./types.ts";

/** Names as policies look them up: the exact ones, and what stands before a trailing `*`. */
type Patterns = NonNullable<Facts["runners"]["allowed"]>;

/** Whether a document is one that the policies' schemas allow; the failure says where it is not. */
export type CheckFacts = (facts: Facts) => Outcome<Facts, string>;

/** Builds the world of a configuration: its facts, checked, with their digest. */
export function buildWorld(
  config: Config,
  toolbox: Toolbox,
  { defaults, check }: { readonly defaults: Facts["defaults"]; readonly check: CheckFacts },
): Outcome<World, string> {
  const checked = check({
    require_auth: config.require_auth,
    allow_platform_apis: config.allow_platform_apis,
    allowed_ips: config.allowed_ips,
    whitelist: config.whitelist && setOf(config.whitelist),
    runners: {
      enabled: config.enable_runners,
      allowed: config.allowed_runners && patterns(config.allowed_runners),
    },
    roles: mapValues(Object.entries(config.roles), roleFacts),
    tools: mapValues([...toolbox.catalogue], toolFacts),
    defaults,
  });
  if (!checked.ok) return failed(checked.failure);
  return done({ config, toolbox, facts: checked.value, digest: digestOf(checked.value) });
}

function roleFacts(role: RoleDefinition): Facts["roles"][string] {
  return {
    permissions: setOf(role.permissions),
    allowed_tools: role.allowed_tools === undefined ? null : patterns(role.allowed_tools),
  };
}

function toolFacts(tool: Tool): Facts["tools"][string] {
  const { source, type, image, digest, approved, requires, runner } = tool;
  const { name, kind, healthy } = runner;
  return { source, type, image, digest, approved, requires, runner: { name, kind, healthy } };
}

function patterns(written: readonly string[]): Patterns {
  return {
    names: setOf(written.filter((name) => !name.endsWith("*"))),
    prefixes: written.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1)),
  };
}

function setOf(names: readonly string[]): Readonly<Record<string, true>> {
  return Object.fromEntries(names.map((name) => [name, true]));
}

function mapValues<V, W>(
  entries: readonly (readonly [string, V])[],
  change: (value: V) => W,
): Readonly<Record<string, W>> {
  return Object.fromEntries(entries.map(([name, value]) => [name, change(value)]));
}
