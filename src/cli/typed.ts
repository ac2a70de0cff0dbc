import type { Flags } from "../config/types.ts";
import type { Option, Typed } from "./types.ts";

/** The options that say which configuration is meant, and how it is to be read. */
export const CONFIG_OPTIONS: readonly Option[] = [
  {
    flags: "--policies <path>",
    summary: "a directory of .rego or a bundle; turns OPA policies on",
  },
  { flags: "--enable-opa-policies", summary: "ask the organisation's policies" },
  { flags: "--whitelist-tools <a,b>", summary: "only these tools exist" },
  { flags: "--allowed-runners <a,b>", summary: "only these runners may be used" },
  { flags: "--disable-runners", summary: "nothing runs; reading stays" },
  { flags: "--require-auth", summary: "every caller must present a credential" },
];

/** The text of an option; undefined where it was not given. */
export function text({ options }: Typed, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The texts of an option that repeats. */
export function texts({ options }: Typed, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
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
    session_timeout: text(typed, "sessionTimeout"),
    allowed_runners: text(typed, "allowedRunners"),
    whitelisted_tools: text(typed, "whitelistTools"),
    require_auth: on("requireAuth"),
    production: on("production"),
    enable_opa_policies: on("enableOpaPolicies"),
    enable_runners: given(typed, "disableRunners") ? false : undefined,
    allow_platform_apis: given(typed, "disablePlatformApis") ? false : on("allowPlatformApis"),
    verbose: on("verbose"),
    debug: on("debug"),
  };
}
