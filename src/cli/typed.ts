import type { Flags } from "../config/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Option, Typed } from "./types.ts";

/** The options that every command and every group has. */
export const EVERYWHERE: readonly Option[] = [
  { flags: "--config <file>", summary: "the configuration, instead of ~/.kubiya/mcp-server.json" },
  { flags: "--debug", summary: "log everything, with stacks" },
  { flags: "--json", summary: "machine output" },
];

/** The options that say which configuration is meant, and how it is to be read. */
export const CONFIG_OPTIONS: readonly Option[] = [
  { flags: "--require-auth", summary: "every caller must present a credential" },
  { flags: "--production", summary: "refuse what is not safe enough for production" },
  {
    flags: "--session-timeout <seconds>",
    summary: "a session ends after this long without a request",
    parse: seconds,
  },
  { flags: "--enable-opa-policies", summary: "ask the organisation's policies" },
  {
    flags: "--policies <path>",
    summary: "their directory of .rego, or their bundle; asks them as well",
  },
  { flags: "--disable-runners", summary: "nothing runs; reading stays" },
  {
    flags: "--allowed-runners <a,b>",
    summary: "only these runners may be used; a trailing * stands for the rest",
    parse: patterns,
  },
  { flags: "--whitelist-tools <a,b>", summary: "only these tools exist", parse: names },
  { flags: "--allow-platform-apis", summary: "offer tools that change the platform" },
  { flags: "--disable-platform-apis", summary: "do not offer them" },
  { flags: "--verbose", summary: "log everything" },
];

/** The text of an option; undefined where it was not given. */
export function text({ options }: Typed, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The number of an option; undefined where it was not given. */
export function number({ options }: Typed, name: string): number | undefined {
  const value = options[name];
  return typeof value === "number" ? value : undefined;
}

/** The texts of an option that is a list; undefined where it was not given. */
export function texts({ options }: Typed, name: string): readonly string[] | undefined {
  const value = options[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : undefined;
}

/** Whether an option was given. */
export function given({ options }: Typed, name: string): boolean {
  return options[name] === true;
}

/** What was typed about the configuration. */
export function flagsOf(typed: Typed): Flags {
  const on = (name: string): true | undefined => (given(typed, name) ? true : undefined);
  return {
    config: text(typed, "config"),
    policies: text(typed, "policies"),
    session_timeout: number(typed, "sessionTimeout"),
    allowed_runners: texts(typed, "allowedRunners"),
    whitelisted_tools: texts(typed, "whitelistTools"),
    require_auth: on("requireAuth"),
    production: on("production"),
    enable_opa_policies: on("enableOpaPolicies"),
    enable_runners: given(typed, "disableRunners") ? false : undefined,
    allow_platform_apis: given(typed, "disablePlatformApis") ? false : on("allowPlatformApis"),
    host: text(typed, "host"),
    port: number(typed, "port"),
    insecure_http: on("insecureHttp"),
    verbose: on("verbose"),
    debug: on("debug"),
  };
}

function seconds(written: string): Outcome<number, string> {
  return /^[1-9]\d{0,7}$/.test(written)
    ? done(Number(written))
    : failed("It must be a whole number of seconds from 1.");
}

/** Names with commas between them. */
function names(written: string): Outcome<readonly string[], string> {
  const found = written.split(",").map((name) => name.trim());
  return done(found.filter((name) => name !== ""));
}

function patterns(written: string): Outcome<readonly string[], string> {
  return /\*\s*[^,\s]/.test(written)
    ? failed("A * may only stand at the end of a name.")
    : names(written);
}

/** How many, as an option says it. */
export function count(written: string): Outcome<number, string> {
  return /^[1-9]\d{0,5}$/.test(written)
    ? done(Number(written))
    : failed("It must be a whole number from 1 to 999999.");
}
