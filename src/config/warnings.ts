import type { Fault } from "../lib/fault.ts";
import type { Said } from "./said.ts";
import type { Config } from "./types.ts";

/** What a person should know about a configuration that can be used. */
export function warningsOf(said: Said, config: Config): readonly Fault[] {
  return [
    ...emptyLists(said, config),
    ...unusedPolicies(said, config),
    ...unusedHttp(said, config),
    ...unusedPlatform(said, config),
  ];
}

function emptyLists({ path, flags }: Said, config: Config): readonly Fault[] {
  const file = path ?? "command line";
  const place = (flag: unknown): string => (flag === undefined ? file : "command line");
  const lists = [
    [place(flags.whitelisted_tools), "whitelisted_tools", config.whitelist],
    [place(flags.allowed_runners), "allowed_runners", config.allowed_runners],
    [file, "allowed_ips", config.allowed_ips],
    ...Object.entries(config.roles).map(
      ([role, { allowed_tools: tools }]) => [file, `roles.${role}.allowed_tools`, tools] as const,
    ),
  ] as const;
  return lists
    .filter(([, , list]) => list?.length === 0)
    .map(([where, field]) => ({
      path: where,
      field,
      message: "is empty, and so allows nothing",
      mend: "leave it out for no limit",
    }));
}

function unusedPolicies({ path, file }: Said, { policies }: Config): readonly Fault[] {
  if (file.policies?.path === undefined || policies.enabled) return [];
  return [
    {
      path: path ?? "command line",
      field: "policies.path",
      message: "is not asked: OPA policies are off",
      mend: "set `enable_opa_policies`, or leave the path out",
    },
  ];
}

/** Whoever writes where to listen expects to be listened to. */
function unusedHttp({ path, file, flags }: Said, { http }: Config): readonly Fault[] {
  if (http.port !== null || (file.http === undefined && flags.host === undefined)) return [];
  return [
    {
      path: flags.host === undefined ? (path ?? "command line") : "command line",
      field: flags.host === undefined ? "http" : "--host",
      message: "is not used: without a port the server speaks over stdio",
      mend: "set `http.port` or --port, or leave it out",
    },
  ];
}

/** Whoever allows tools to change the platform expects them: without the cloud there are none. */
function unusedPlatform({ path, flags, switches }: Said, config: Config): readonly Fault[] {
  if (!config.allow_platform_apis || (config.kubiya !== null && config.api_key !== null)) return [];
  const source =
    flags.allow_platform_apis === true
      ? "command line"
      : switches.allowPlatformApis.value === true
        ? "environment"
        : (path ?? "command line");
  const message = "offers nothing: the Kubiya cloud is not used";
  const mend = "give the server an `api_key` of the cloud, or leave this out";
  return [{ path: source, field: "allow_platform_apis", message, mend }];
}
