import { closest, distance } from "fastest-levenshtein";
import { isSafeAddress } from "../lib/address.ts";
import type { Fault } from "../lib/fault.ts";
import { isNamedAfter } from "../lib/named-after.ts";
import type { ConfigFile } from "./file.ts";
import { resolveReferences, type References } from "./reference.ts";
import schema from "./schema.json" with { type: "json" };
import { limitsOf } from "./settle.ts";
import type { GivenValue, UpstreamSetting } from "./types.ts";

type Finding = Omit<Fault, "path">;
type Written = NonNullable<ConfigFile["mcpServers"]>[string];

const FIELDS = Object.keys(schema.properties.mcpServers.additionalProperties.properties);

/** What the connection itself says. */
const TRANSPORT_HEADER =
  /^(?:accept|connection|content-(?:length|type)|host|keep-alive|last-event-id|mcp-.*|te|trailer|transfer-encoding|upgrade)$/i;

/** RFC 9110 section 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const VARIABLE_NAME = /^[^=\0]+$/;

/** What a schema cannot say about other MCP servers: every finding at once. */
export function upstreamFindings({ mcpServers = {} }: ConfigFile): readonly Finding[] {
  const names = Object.keys(mcpServers);
  return Object.entries(mcpServers).flatMap(([name, written]) => [
    ...nameFindings(name, names),
    ...reachFindings(`mcpServers.${name}`, written),
    ...valueNameFindings(`mcpServers.${name}`, written),
  ]);
}

/** What a person should know about entries that can be used. */
export function upstreamWarnings({ mcpServers = {} }: ConfigFile): readonly Finding[] {
  return Object.entries(mcpServers).flatMap(([name, written]) => {
    const field = `mcpServers.${name}`;
    const ignored = Object.keys(written)
      .filter((key) => !FIELDS.includes(key))
      .map((key) => ({
        field: `${field}.${key}`,
        message: "is not read here",
        mend: nearest(key),
      }));
    const told = [...ignored, ...literalReferences(field, written)];
    if (written.url === undefined || isSafeAddress(written.url)) return told;
    const message = "is no https address: whoever is on the way reads and changes what is said";
    return [...told, { field: `${field}.url`, message, mend: "write it as https://..." }];
  });
}

/** Some clients fill them in everywhere, and whoever copies an entry from one expects it. */
function literalReferences(field: string, written: Written): readonly Finding[] {
  const { command = "", args = [], cwd = "", url = "", disabled = false } = written;
  if (disabled) return [];
  const places = [
    ["command", command],
    ...args.map((word, at) => [`args[${at}]`, word] as const),
    ["cwd", cwd],
    ["url", url],
  ] as const;
  const filled = written.url === undefined ? "env" : "headers";
  return places.flatMap(([place, text]) => {
    const [reference] = /\$\{[^}]*\}/.exec(text) ?? [];
    if (reference === undefined) return [];
    const message = `is passed on as it is written: ${reference} is filled in in \`env\` and \`headers\` alone`;
    const mend = `give the value in \`${filled}\`, or write it out`;
    return [{ field: `${field}.${place}`, message, mend }];
  });
}

/** The upstreams that are on, with what their values refer to; what cannot be found is a fault. */
export async function readUpstreams(
  file: ConfigFile,
  references: References,
): Promise<{
  readonly upstreams: readonly UpstreamSetting[];
  readonly faults: readonly Finding[];
}> {
  const faults: Finding[] = [];
  const upstreams: UpstreamSetting[] = [];
  const { tool_timeout: toolTimeout } = limitsOf(file);
  for (const [name, written] of Object.entries(file.mcpServers ?? {})) {
    if (written.disabled === true) continue;
    const { eager = false, timeout = toolTimeout, allow = [] } = written;
    const reach = await reachOf(`mcpServers.${name}`, written);
    upstreams.push({ name, eager, timeout, allow, reach });
  }
  return { upstreams, faults };

  async function reachOf(field: string, written: Written): Promise<UpstreamSetting["reach"]> {
    const { command, args = [], env = {}, cwd = ".", url = "", headers = {} } = written;
    if (command === undefined) {
      return { kind: "address", url, headers: await valuesOf(`${field}.headers`, headers) };
    }
    const variables = await valuesOf(`${field}.env`, env);
    return { kind: "program", command, args, env: variables, cwd: references.expand(cwd) };
  }

  async function valuesOf(
    field: string,
    written: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, GivenValue>>> {
    const values: [string, GivenValue][] = [];
    for (const [name, text] of Object.entries(written)) {
      const resolved = await resolveReferences(text, references);
      if (resolved.ok) values.push([name, resolved.value]);
      else faults.push({ field: `${field}.${name}`, ...resolved.failure });
    }
    return Object.fromEntries(values);
  }
}

/** `a` with the tool `b_c` and `a_b` with the tool `c` would offer one name. */
function nameFindings(name: string, names: readonly string[]): readonly Finding[] {
  const shorter = names.find((other) => isNamedAfter(other, name));
  if (shorter === undefined) return [];
  const message = `begins like the tools of ${shorter}, which are called ${shorter}_...`;
  return [{ field: `mcpServers.${name}`, message, mend: "rename one of the two" }];
}

function reachFindings(
  field: string,
  { command, url, args, env, cwd, headers }: Written,
): readonly Finding[] {
  if ((command === undefined) === (url === undefined)) {
    const message = "needs `command` or `url`, and not both";
    return [{ field, message, mend: "leave one of them" }];
  }
  const others = url === undefined ? { headers } : { args, env, cwd };
  const is = url === undefined ? "started" : "reached";
  const unused = Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => ({
      field: `${field}.${name}`,
      message: `is of no use to a server that is ${is}`,
      mend: "leave it out",
    }));
  const nul = [command, ...(args ?? [])].some((word) => word?.includes("\0") === true);
  return [
    ...unused,
    ...(url === undefined ? [] : addressFindings(`${field}.url`, url)),
    ...(nul ? [{ field, message: "has the character NUL", mend: "write plain text" }] : []),
  ];
}

function addressFindings(field: string, url: string): readonly Finding[] {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    return [{ field, message: "is no http address", mend: "write it as https://host/mcp" }];
  }
  if (parsed.username === "" && parsed.password === "") return [];
  const mend = "put it into `headers`, as Authorization";
  return [{ field, message: "has a credential in it", mend }];
}

function valueNameFindings(field: string, { env = {}, headers = {} }: Written): readonly Finding[] {
  const variables = Object.keys(env)
    .filter((name) => !VARIABLE_NAME.test(name))
    .map((name) => ({
      field: `${field}.env.${name}`,
      message: "is no name of a variable",
      mend: "write a name without =",
    }));
  return [...variables, ...Object.keys(headers).flatMap(headerFindings)];

  function headerFindings(name: string): readonly Finding[] {
    const place = `${field}.headers.${name}`;
    if (TRANSPORT_HEADER.test(name)) {
      return [
        { field: place, message: "is a header that the protocol sets", mend: "leave it out" },
      ];
    }
    if (HEADER_NAME.test(name)) return [];
    const mend = "write letters, digits and hyphens";
    return [{ field: place, message: "is no name of a header", mend }];
  }
}

function nearest(key: string): string {
  const near = closest(key, FIELDS);
  const close = distance(key, near) <= Math.max(1, key.length / 3);
  return close ? `did you mean ${near}?` : "clients may read it; nothing is done about it";
}
