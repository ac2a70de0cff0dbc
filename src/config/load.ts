// On the trust boundary: makes one configuration of what was said. Defaults < file < environment < flags;
// every fault at once. Nothing is guessed: what cannot be understood is a fault.

import { dirname } from "node:path";
import type { Fault } from "../lib/fault.ts";
import { done, failed } from "../lib/outcome.ts";
import { alertFindings } from "./alerts.ts";
import { createCheckFile } from "./check.ts";
import { readCredential } from "./credentials.ts";
import { readSwitch, readWord } from "./environment.ts";
import type { ConfigFile } from "./file.ts";
import { exposureFaults, httpFindings } from "./http.ts";
import { configPlace, expandPath, type Places } from "./place.ts";
import { kubiyaFaults, kubiyaFindings } from "./kubiya.ts";
import { proxyFaults } from "./proxies.ts";
import { parseJson, readText, type Unread } from "./read.ts";
import { findings } from "./rules.ts";
import { settle } from "./settle.ts";
import type { Flags, HttpSetting, LoadConfig } from "./types.ts";
import { confinementFindings } from "./confinement.ts";
import { unavailableFields } from "./unavailable.ts";
import { readUpstreams, upstreamFindings, upstreamWarnings } from "./upstreams.ts";

/** A configuration file as far as it can be used. */
interface FileRead {
  /** Null where there is no file. */
  readonly path: string | null;
  readonly content: ConfigFile;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** Reads the configuration anew each time it is called. */
export function createLoadConfig(flags: Flags, places: Places): LoadConfig {
  const check = createCheckFile();
  const { environment, home, cwd } = places;
  const expandHere = (path: string): string => expandPath(path, home, cwd);
  const { path: lookedFor, named } = configPlace(flags.config, places);
  let mustBeThere = named;
  /** What a server listens on as soon as it was read once. */
  let listening: HttpSetting | null = null;

  return async () => {
    const [file, apiKey, authToken] = await Promise.all([
      readFile(),
      readCredential({ environment, name: "KUBIYA_API_KEY", expand: expandHere }),
      readCredential({ environment, name: "KUBIYA_AUTH_TOKEN", expand: expandHere }),
    ]);
    const switches = {
      opaEnforce: readSwitch(environment, "KUBIYA_OPA_ENFORCE"),
      requireAuth: readSwitch(environment, "KUBIYA_MCP_REQUIRE_AUTH"),
      enableRunners: readSwitch(environment, "KUBIYA_MCP_ENABLE_RUNNERS"),
      allowPlatformApis: readSwitch(environment, "KUBIYA_MCP_ALLOW_PLATFORM_APIS"),
      kubiyaDebug: readSwitch(environment, "KUBIYA_DEBUG"),
      level: readWord(environment, "LOG_LEVEL", ["error", "warn", "info", "debug"]),
    };
    // Other programs read DEBUG too, and in other forms (`app:*`): that is no reason not to start.
    const debug = readSwitch(environment, "DEBUG");
    const read = [apiKey, authToken, ...Object.values(switches)];
    const from = file.path === null ? cwd : dirname(file.path);
    const pathInFile = (path: string): string => expandPath(path, home, from);
    const { upstreams, faults: dangling } = await readUpstreams(file.content, {
      environment,
      expand: pathInFile,
    });
    const faults = [
      ...file.faults,
      ...dangling.map((fault) => ({ path: file.path ?? lookedFor, ...fault })),
      ...read.flatMap((one) => one.faults),
      ...kubiyaFaults(environment),
      ...proxyFaults(environment),
    ];
    if (faults.length > 0) return failed(faults);
    const loaded = settle({
      file: file.content,
      path: file.path,
      lookedFor,
      warnings: [...file.warnings, ...debug.faults],
      flags,
      switches: { ...switches, debug },
      environment,
      apiKey: apiKey.value,
      authToken: authToken.value,
      upstreams,
      pathInFile,
      pathHere: expandHere,
    });
    const exposed = exposureFaults(loaded.config, listening ?? loaded.config.http, flags);
    if (exposed.length > 0) return failed(exposed);
    listening ??= loaded.config.http;
    return done(loaded);
  };

  /** The default file may be missing until it was there once: what it closed does not open when it goes. */
  async function readFile(): Promise<FileRead> {
    const path = lookedFor;
    const read = await readText(path);
    if (!read.ok && !mustBeThere && read.failure.reason === "missing") {
      return { path: null, content: {}, faults: [], warnings: [] };
    }
    mustBeThere = true;
    const text = read.ok ? parseJson(read.value, path) : failed([unread(path, read.failure)]);
    if (!text.ok) return { path, content: {}, faults: text.failure, warnings: [] };
    const { usable, faults } = check(text.value, path);
    const unavailable = unavailableFields(text.value, path);
    const found = [
      ...findings(usable),
      ...confinementFindings(usable),
      ...httpFindings(usable),
      ...alertFindings(usable),
      ...kubiyaFindings(usable),
      ...upstreamFindings(usable),
    ].map((finding) => ({ path, ...finding }));
    return {
      path,
      content: usable,
      faults: [...faults, ...found, ...unavailable.faults],
      warnings: [
        ...unavailable.warnings,
        ...upstreamWarnings(usable).map((finding) => ({ path, ...finding })),
      ],
    };
  }
}

function unread(path: string, failure: Unread): Fault {
  return failure.reason === "missing"
    ? { path, field: "", message: "the file is not there", mend: "correct the path, or create it" }
    : {
        path,
        field: "",
        message: `the file cannot be read: ${failure.detail}`,
        mend: "let the user of the server read it, or name another file",
      };
}
