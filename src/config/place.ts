import { isAbsolute, join, resolve } from "node:path";
import { type Environment, textOf } from "./environment.ts";
import type { ConfigPlace } from "./types.ts";

/** Where a configuration is looked for. */
export interface Places {
  readonly environment: Environment;
  /** The folder that `~` stands for. */
  readonly home: string;
  /** The folder that relative paths of the command line and the environment start from. */
  readonly cwd: string;
}

/** The file of a configuration, whether it is there or not. */
export function configPlace(typed: string | undefined, places: Places): ConfigPlace {
  const named = typed ?? textOf(places.environment, "KUBIYA_CONFIG_FILE");
  const usual = join(places.home, ".kubiya", "mcp-server.json");
  const path = named === undefined ? usual : expandPath(named, places.home, places.cwd);
  return { path, named: named !== undefined, usual: path === usual };
}

/** A path as a person wrote it: `~` is a home, and what is relative starts from a folder. */
export function expandPath(path: string, home: string, from: string): string {
  const whole = path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
  return isAbsolute(whole) ? whole : resolve(from, whole);
}
