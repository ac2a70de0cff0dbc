import type { Config, ToolDefinition } from "../config/types.ts";
import { isSecret } from "../lib/secret.ts";

/** Every secret that a server under this configuration holds. */
export function heldSecrets(
  config: Config,
  isSecretName: (name: string) => boolean,
): readonly string[] {
  const own = secretsIn(config);
  const given = config.tools.flatMap((tool) => secretsOf(tool, config.environment, isSecretName));
  return [...own, ...own.flatMap(passwordsOf), ...given];
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
  return [password, decoded(password), searchParams.get("password") ?? ""];
}

function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
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
