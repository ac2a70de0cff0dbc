import type { Fault } from "../lib/fault.ts";
import { isLoopback } from "../lib/address.ts";
import type { ConfigFile } from "./file.ts";
import { canonicalNetwork } from "../lib/networks.ts";
import type { Said } from "./said.ts";
import type { Config, Flags, HttpSetting } from "./types.ts";

/** How the server is reached over HTTP, if it is. */
export function httpOf({ file: { http = {} }, flags, pathInFile }: Said): HttpSetting {
  return {
    host: flags.host ?? http.host ?? "127.0.0.1",
    port: flags.port ?? http.port ?? null,
    public_url: http.public_url ?? null,
    tls:
      http.tls === undefined
        ? null
        : { cert: pathInFile(http.tls.cert), key: pathInFile(http.tls.key) },
    allowed_hosts: http.allowed_hosts ?? [],
    allowed_origins: http.allowed_origins ?? [],
    trusted_proxies: (http.trusted_proxies ?? []).map((written) => {
      const canonical = canonicalNetwork(written);
      return canonical.ok ? canonical.value : written;
    }),
  };
}

/** What a schema cannot say about hosts, origins and the public URL. */
export function httpFindings({ http = {} }: ConfigFile): readonly Omit<Fault, "path">[] {
  const { allowed_hosts: hosts = [], allowed_origins: origins = [], public_url: url } = http;
  return [
    ...(url === undefined || isHttp(url)
      ? []
      : [
          {
            field: "http.public_url",
            message: "is no URL of http or https without query and fragment",
            mend: "write it as https://mcp.example.com",
          },
        ]),
    ...hosts.flatMap((host, at) =>
      isHost(host)
        ? []
        : [
            {
              field: `http.allowed_hosts[${at}]`,
              message: "is no host",
              mend: "write it as mcp.example.com, with :port if only that one counts",
            },
          ],
    ),
    ...origins.flatMap((origin, at) =>
      URL.canParse(origin) && new URL(origin).origin === origin
        ? []
        : [
            {
              field: `http.allowed_origins[${at}]`,
              message: "is no origin",
              mend: "write it as https://example.com: scheme, host, and the port if it is not the usual one",
            },
          ],
    ),
  ];
}

/**
 * Whoever listens beyond this machine needs callers that authenticate, and a way for their credentials
 * that others cannot read: TLS here, a proxy that has it, or a person who takes it upon himself. What a
 * server listens on is what it started with, whatever its file says by now.
 */
export function exposureFaults(
  config: Config,
  { host, port, tls }: Pick<HttpSetting, "host" | "port" | "tls">,
  flags: Flags,
): readonly Fault[] {
  const { trusted_proxies: proxies } = config.http;
  if (port === null || isLoopback(host)) return [];
  const path = flags.host === undefined ? (config.file ?? "command line") : "command line";
  const field = flags.host === undefined ? "http.host" : "--host";
  const covered = tls !== null || proxies.length > 0 || flags.insecure_http === true;
  return [
    ...(config.require_auth
      ? []
      : [
          {
            path,
            field,
            message: `${host} is reachable from other machines, and nobody has to authenticate`,
            mend: "set `require_auth`, or listen on 127.0.0.1",
          },
        ]),
    ...(covered
      ? []
      : [
          {
            path,
            field,
            message: `${host} is reachable from other machines, and credentials would be sent in the clear`,
            mend: "set `http.tls`, or `http.trusted_proxies` if a proxy has it, or say --insecure-http",
          },
        ]),
  ];
}

function isHttp(written: string): boolean {
  if (!URL.canParse(written)) return false;
  const { protocol, search, hash, username } = new URL(written);
  return /^https?:$/.test(protocol) && search === "" && hash === "" && username === "";
}

function isHost(written: string): boolean {
  return /^[^/\s@?#]+$/.test(written) && URL.canParse(`http://${written}`);
}
