import type { Wanted } from "../credential/types.ts";
import { wholeFamily } from "../lib/networks.ts";
import { withCredentials, wrongLine } from "./auth-open.ts";
import {
  EXPIRES,
  network,
  PERMISSION,
  permissionFault,
  printable,
  several,
} from "./auth-options.ts";
import { tellMade } from "./auth-shown.ts";
import { given, number, text, texts } from "./typed.ts";
import type { Command, Host, OpenedCredentials, Typed } from "./types.ts";

/** `kubiya auth key create` */
export const authKeyCreate: Command = {
  name: "auth key create",
  summary: "Make an API key. Its secret is the answer, and is shown this once.",
  options: [
    { flags: "--name <name>", summary: "what it is called", parse: printable },
    EXPIRES,
    {
      flags: "--user <user>",
      summary: "who it stands for; left out: its name",
      parse: printable,
    },
    { flags: "--role <role>", summary: "a role; may be given several times", repeats: true },
    PERMISSION,
    {
      flags: "--allowed-ip <cidr>",
      summary: "a network that it may come from; may be given several times",
      parse: network,
      repeats: true,
    },
    { flags: "--allow-stdio", summary: "with networks: it holds on stdio too, without an address" },
    { flags: "--any", summary: "yes, networks of all addresses" },
  ],
  run: async (typed, host) => {
    const name = text(typed, "name");
    if (name === undefined) {
      return wrongLine("auth key create", "name the key, as --name ci", host);
    }
    const fault = faultOf(typed, host);
    if (fault !== null) return wrongLine("auth key create", fault, host);
    return withCredentials(typed, host, (credentials, carryOut) =>
      carryOut({ do: "create", wanted: wantedOf(name, typed, credentials) }, (left) =>
        tellMade(left, { typed, host }),
      ),
    );
  },
};

function faultOf(typed: Typed, host: Host): string | null {
  const family = wholeFamily(texts(typed, "allowedIp") ?? []);
  if (family !== null && !given(typed, "any")) {
    return `--allowed-ip allows every ${family} address: leave it out, or add --any to say so`;
  }
  return permissionFault(typed, host.permissions);
}

function wantedOf(
  name: string,
  typed: Typed,
  { newKeyPermissions, lifetimes }: OpenedCredentials,
): Wanted {
  const roles = several(typed, "role") ?? [];
  const permissions = several(typed, "permission");
  return {
    kind: "key",
    name,
    user: text(typed, "user") ?? null,
    roles,
    permissions: permissions ?? (roles.length === 0 ? newKeyPermissions : null),
    allowed_ips: several(typed, "allowedIp"),
    allow_stdio: given(typed, "allowStdio"),
    lifetime_ms: number(typed, "expires") ?? lifetimes.key.default_ms,
    parent: null,
    idle_ms: null,
  };
}
