import type { Config, ProxySetting, ToolDefinition, UpstreamSetting } from "../config/types.ts";
import { percentDecoded } from "../lib/percent-decoded.ts";
import { isSecret } from "../lib/secret.ts";

/** Every secret that a server under this configuration holds. */
export function heldSecrets(
  config: Config,
  isSecretName: (name: string) => boolean,
): readonly string[] {
  const { mcpServers, ...rest } = config;
  const own = secretsIn(rest);
  const toProxies = [config.proxies.http, config.proxies.https].flatMap(passwordFor);
  const given = config.tools.flatMap((tool) => secretsOf(tool, config.environment, isSecretName));
  const passedOn = mcpServers.flatMap((upstream) => secretsFor(upstream, isSecretName));
  return [...own, ...own.flatMap(passwordsOf), ...toProxies, ...given, ...passedOn];
}

/** Wherever the configuration has one, by whatever name. */
function secretsIn(value: unknown): readonly string[] {
  if (isSecret(value)) return [value.reveal()];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(secretsIn);
}

/** The password of a connection string, as it is written there and as it is. */
function passwordsOf(url: string): readonly string[] {
  if (!URL.canParse(url)) return [];
  const { password, searchParams } = new URL(url);
  return [password, percentDecoded(password) ?? "", searchParams.get("password") ?? ""];
}

/** The password that a proxy asks for; where there is none the user is the secret. */
function passwordFor(proxy: ProxySetting | null): readonly string[] {
  const credential = proxy?.credential?.reveal() ?? "";
  const [user = "", ...password] = credential.split(":");
  return [password.join(":") || user];
}

/** What its `secrets` are, and its `env` where the name says so. */
function secretsOf(
  { secrets = [], env = [] }: ToolDefinition,
  environment: Config["environment"],
  isSecretName: (name: string) => boolean,
): readonly string[] {
  const named = env.flatMap((entry) => {
    const [name = "", ...value] = entry.split("=");
    if (!isSecretName(name)) return [];
    return [entry.includes("=") ? value.join("=") : (environment[name] ?? "")];
  });
  return [...secrets.map((name) => environment[name] ?? ""), ...named];
}

/**
 * What an upstream is given, where its name says that it is a secret, or it is a header or a file that is
 * referred to; what is called so among its words, and a password in an address besides. To hide all (`true`, a path)
 * would hide what is no secret.
 */
function secretsFor(
  { reach }: UpstreamSetting,
  isSecretName: (name: string) => boolean,
): readonly string[] {
  const given = Object.entries(reach.kind === "program" ? reach.env : reach.headers);
  const words = reach.kind === "program" ? secretWords(reach.args, isSecretName) : [];
  const values = given.flatMap(([name, { value, from }]) => {
    const text = value.reveal();
    const referred = from === "file" || (from === "environment" && reach.kind === "address");
    if (!referred && !isSecretName(name)) return passwordsOf(text);
    // A scheme stands before what is the secret of an Authorization header (RFC 9110 section 11.4).
    return [text, ...passwordsOf(text), ...text.split(" ").slice(1)];
  });
  return [...words, ...values];
}

/** `--name`, `--name=value`, and `name=value` as it is given on in the words of `docker run -e` and `env`. */
const NAMED = /^(-{0,2})([A-Za-z_][\w-]*)(?:=(.*))?$/s;
/** With one dash alone a word may be a value: keys of base64url begin with one, too. */
const NEXT_OPTION = /^--[A-Za-z]/;

/** The values that are called like secrets: `--api-key VALUE`, `--api-key=VALUE`, `API_KEY=VALUE`. */
function secretWords(
  words: readonly string[],
  isSecretName: (name: string) => boolean,
): readonly string[] {
  return words.flatMap((word, at) => {
    const [, dashes = "", name = "", joined] = NAMED.exec(word) ?? [];
    if (isSecretName(name)) {
      const next = words[at + 1] ?? "";
      return [joined ?? (dashes === "" || NEXT_OPTION.test(next) ? "" : next)];
    }
    // As in `--env=API_KEY=VALUE`.
    const [, , inner = "", value = ""] = NAMED.exec(joined ?? "") ?? [];
    return isSecretName(inner) ? [value] : [];
  });
}
