// On the trust boundary: who else can read what only the server should, or write what it believes.

import { access, constants, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Config } from "../config/types.ts";
import { createIsSecretName } from "../lib/secret-names.ts";
import { type Examined, fail, type Found, ok, warn } from "./doctor-found.ts";

const OTHERS_READ = 0o044;
const OTHERS_WRITE = 0o022;
const EVERYBODY_WRITES = 0o002;

/** A file that may be there, and whether others may read it. */
interface Held {
  readonly path: string;
  readonly holds: "secrets" | "settings";
}

/** The configuration, and every file with a secret that it or the environment names. */
export async function lookAtFiles(examined: Examined): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const held of heldFiles(examined)) found.push(...(await rightsFaults(held)));
  return found.length > 0
    ? found
    : [ok("nobody else can read a secret, or write the configuration")];
}

function heldFiles({ config, host }: Examined): readonly Held[] {
  const { environment, state_dir: state, file, http, audit } = config;
  const keyFiles = ["KUBIYA_API_KEY_FILE", "KUBIYA_AUTH_TOKEN_FILE"].flatMap((name) => {
    const path = environment[name] ?? "";
    return path === "" ? [] : [pathOf(path, host)];
  });
  const secrets = [
    join(state, "pepper.json"),
    join(state, "store.sqlite"),
    join(state, "checkpoint.pem"),
    ...(http.tls === null ? [] : [http.tls.key]),
    ...(audit.checkpoint_key === null ? [] : [audit.checkpoint_key]),
    ...keyFiles,
  ];
  return [
    ...(file === null ? [] : [{ path: file, holds: holdsSecret(config) } as const]),
    ...secrets.map((path) => ({ path, holds: "secrets" }) as const),
  ];
}

function pathOf(written: string, { home, cwd }: Examined["host"]): string {
  if (isAbsolute(written)) return written;
  return written.startsWith("~/") ? join(home, written.slice(1)) : resolve(cwd, written);
}

const isSecretName = createIsSecretName(["key", "token", "secret", "password"]);

/** A key of the environment stands before the one of the file. */
function holdsSecret(config: Config): Held["holds"] {
  const { api_key, environment, store, alerts, mcpServers, tools } = config;
  const elsewhere = ["KUBIYA_API_KEY", "KUBIYA_API_KEY_FILE"].some(
    (name) => (environment[name] ?? "") !== "",
  );
  const own = (api_key !== null && !elsewhere) || store.postgres !== null || alerts !== null;
  const passedOn =
    mcpServers.some(givesSecret) ||
    tools.some(({ env = [] }) =>
      env.some((entry) => isSecretName(/^(.*?)=/.exec(entry)?.[1] ?? "")),
    );
  return own || passedOn ? "secrets" : "settings";
}

/** Headers are mostly credentials; what an environment or a file is asked for stands there. */
function givesSecret({ reach }: Config["mcpServers"][number]): boolean {
  if (reach.kind === "address") {
    return Object.values(reach.headers).some(({ from }) => from === "text");
  }
  return Object.entries(reach.env).some(
    ([name, { from }]) => from === "text" && isSecretName(name),
  );
}

async function rightsFaults({ path, holds }: Held): Promise<readonly Found[]> {
  const mode = await modeOf(path);
  if (mode === null) return [];
  if ((mode & EVERYBODY_WRITES) !== 0) {
    return [fail(`everybody can write ${path}`, `chmod 600 ${path}`)];
  }
  if ((mode & OTHERS_WRITE) !== 0) {
    return [warn(`its group can write ${path}`, `chmod go-w ${path}, unless that is meant`)];
  }
  return holds === "secrets" && (mode & OTHERS_READ) !== 0
    ? [fail(`others can read ${path}, which holds a secret`, `chmod 600 ${path}`)]
    : [];
}

/** The rights of a file or folder; null where it is not there. What cannot be looked at the server meets as well. */
async function modeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mode }) => mode & 0o777,
    () => null,
  );
}

/** The folder of the store and the pepper. */
export async function lookAtState({ config }: Examined): Promise<readonly Found[]> {
  return lookAtFolder(config.state_dir, "state_dir");
}

/** The folder of the trail: while it cannot be written nothing runs. */
export async function lookAtAudit({ config }: Examined): Promise<readonly Found[]> {
  return lookAtFolder(config.audit.dir, "audit.dir");
}

async function lookAtFolder(path: string, field: string): Promise<readonly Found[]> {
  const there = await nearest(path);
  const isWritable = await access(there, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) {
    const mend = `make it writable for the user of the server, or name another folder in ${field}`;
    return [fail(`${there} cannot be written`, mend)];
  }
  if (there !== path) return [ok(`${path} is made when it is needed`)];
  const mode = (await modeOf(path)) ?? 0;
  if ((mode & OTHERS_WRITE) !== 0)
    return [fail(`others can write to ${path}`, `chmod 700 ${path}`)];
  if ((mode & OTHERS_READ) !== 0)
    return [warn(`others can look into ${path}`, `chmod 700 ${path}`)];
  return [ok(path)];
}

/** A path, or the nearest folder above that is there. */
async function nearest(path: string): Promise<string> {
  const above = dirname(path);
  return (await modeOf(path)) !== null || above === path ? path : nearest(above);
}
