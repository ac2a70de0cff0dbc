import { resolve } from "node:path";
import type { ChainVerdict } from "../audit/types.ts";
import { faultLine } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { TRAIL } from "./audit-read.ts";
import { chainTold } from "./audit-told.ts";
import { flagsOf, given, text } from "./typed.ts";
import { type Command, EXIT, type ExitCode, type Host, type Typed } from "./types.ts";

/** `kubiya audit verify` */
export const auditVerify: Command = {
  name: "audit verify",
  summary: "Say whether the audit trail is as it was written, and what that proves.",
  argument: TRAIL,
  options: [
    {
      flags: "--checkpoint <file>",
      summary: "what was kept elsewhere: an earlier `audit verify --json`, or lines of the log",
    },
    {
      flags: "--public-key <file>",
      summary: "the keys that signed, instead of the server's own",
    },
  ],
  run: async (typed, host) => {
    const place = await placeOf(typed, host);
    if (!place.ok) return place.failure;
    const checkpoint = text(typed, "checkpoint");
    const verified = await host.verifyTrail({
      ...place.value,
      checkpoint: checkpoint === undefined ? null : resolve(host.cwd, checkpoint),
    });
    if (!verified.ok) {
      host.remark(`${escapeUnprintable(verified.failure.detail)}\n`);
      return EXIT.outside;
    }
    const chains = verified.value;
    host.answer(given(typed, "json") ? asJson(chains) : chains.map(chainTold).join("\n"));
    if (chains.some(({ fault }) => fault !== null)) return EXIT.no;
    return chains.some(({ torn }) => torn !== null) ? EXIT.torn : EXIT.yes;
  },
};

interface Place {
  readonly path: string;
  readonly publicKey: string | null;
  readonly likelyKeys: readonly string[];
}

/** Where the configuration is needed for nothing, it is not read: an auditor may have none. */
async function placeOf(typed: Typed, host: Host): Promise<Outcome<Place, ExitCode>> {
  const [path] = typed.args;
  const key = text(typed, "publicKey");
  const publicKey = key === undefined ? null : resolve(host.cwd, key);
  if (path !== undefined && publicKey !== null) {
    return done({ path: resolve(host.cwd, path), publicKey, likelyKeys: [] });
  }
  const loaded = await host.loadConfig(flagsOf(typed))();
  if (!loaded.ok) {
    for (const fault of loaded.failure) host.remark(`${faultLine(fault)}\n`);
    return failed(EXIT.configuration);
  }
  const { config } = loaded.value;
  const likelyKeys = host.publicKeys(config);
  const here = path === undefined ? config.audit.dir : resolve(host.cwd, path);
  return done({ path: here, publicKey, likelyKeys });
}

function asJson(chains: readonly ChainVerdict[]): string {
  const heads = chains.flatMap(({ head }) => (head === null ? [] : [head]));
  const intact = chains.every(({ fault }) => fault === null);
  return `${JSON.stringify({ intact, heads, chains }, null, 2)}\n`;
}
