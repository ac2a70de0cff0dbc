// The only reader of the environment's meaning. Defaults < file < environment < flags; every fault at
// once. Nothing is guessed: what cannot be understood is a fault.

import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Fault } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createCheckFile } from "./check.ts";
import { readCredential } from "./credentials.ts";
import { type Environment, readSwitch, readWord } from "./environment.ts";
import type { ConfigFile } from "./file.ts";
import { readJson } from "./read.ts";
import { findings } from "./rules.ts";
import { settle } from "./settle.ts";
import type { Flags, LoadConfig } from "./types.ts";
import { unavailableFields } from "./unavailable.ts";

/** Where a configuration is looked for. */
export interface Places {
  readonly environment: Environment;
  /** The folder that `~` stands for. */
  readonly home: string;
  /** The folder that relative paths of the command line start from. */
  readonly cwd: string;
}

/** A file with the path that its relative paths start from. */
interface Read {
  readonly path: string | null;
  readonly content: ConfigFile;
  readonly warnings: readonly Fault[];
}

/** Reads the configuration anew each time it is called. */
export function createLoadConfig(flags: Flags, places: Places): LoadConfig {
  const check = createCheckFile();
  const { environment, home, cwd } = places;

  return async () => {
    const [file, apiKey, authToken] = await Promise.all([
      readFile(),
      readCredential(environment, "KUBIYA_API_KEY"),
      readCredential(environment, "KUBIYA_AUTH_TOKEN"),
    ]);
    const switches = {
      opaEnforce: readSwitch(environment, "KUBIYA_OPA_ENFORCE"),
      requireAuth: readSwitch(environment, "KUBIYA_MCP_REQUIRE_AUTH"),
      enableRunners: readSwitch(environment, "KUBIYA_MCP_ENABLE_RUNNERS"),
      allowPlatformApis: readSwitch(environment, "KUBIYA_MCP_ALLOW_PLATFORM_APIS"),
      debug: readSwitch(environment, "DEBUG"),
      kubiyaDebug: readSwitch(environment, "KUBIYA_DEBUG"),
      level: readWord(environment, "LOG_LEVEL", ["error", "warn", "info", "debug"]),
    };
    const timeout = flagTimeout(flags.session_timeout);
    const faults = [
      ...(file.ok ? [] : file.failure),
      ...[apiKey, authToken, ...Object.values(switches), timeout].flatMap((read) => read.faults),
    ];
    if (!file.ok || faults.length > 0) return failed(faults);
    const from = file.value.path === null ? cwd : dirname(file.value.path);
    return done(
      settle({
        file: file.value.content,
        path: file.value.path,
        warnings: file.value.warnings,
        flags,
        switches,
        environment,
        apiKey: apiKey.value,
        authToken: authToken.value,
        sessionTimeout: timeout.value,
        pathInFile: (path) => expand(path, from),
        pathHere: (path) => expand(path, cwd),
      }),
    );
  };

  /** The file that was named must be there; the default one may be missing. */
  async function readFile(): Promise<Outcome<Read, readonly Fault[]>> {
    const named = flags.config ?? environment["KUBIYA_CONFIG_FILE"];
    const path =
      named === undefined ? join(home, ".kubiya", "mcp-server.json") : expand(named, cwd);
    const read = await readJson(path);
    if (!read.ok && named === undefined && read.failure.message === "the file is not there") {
      return done({ path: null, content: {}, warnings: [] });
    }
    if (!read.ok) return failed([read.failure]);
    const checked = check(read.value, path);
    if (!checked.ok) return checked;
    const unavailable = unavailableFields(checked.value, path);
    const faults = [
      ...findings(checked.value).map((finding) => ({ path, ...finding })),
      ...unavailable.faults,
    ];
    if (faults.length > 0) return failed(faults);
    return done({ path, content: checked.value, warnings: unavailable.warnings });
  }

  function expand(path: string, from: string): string {
    const whole = path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
    return isAbsolute(whole) ? whole : resolve(from, whole);
  }
}

function flagTimeout(written: string | undefined) {
  if (written === undefined) return { value: null, faults: [] };
  if (/^[1-9]\d{0,7}$/.test(written)) return { value: Number(written), faults: [] };
  const fault: Fault = {
    path: "command line",
    field: "--session-timeout",
    message: "is no number of seconds",
    mend: "write a whole number from 1",
  };
  return { value: null, faults: [fault] };
}
