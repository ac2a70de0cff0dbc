import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
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
    if (chains.some(({ fault }) => fault !== null)) {
      if (place.value.isOwn) await alarm(typed, host);
      return EXIT.no;
    }
    return chains.some(({ torn }) => torn !== null) ? EXIT.torn : EXIT.yes;
  },
};

interface Place {
  readonly path: string;
  readonly publicKey: string | null;
  readonly likelyKeys: readonly string[];
  /** Whether it is the trail that is written here, and no copy of one. */
  readonly isOwn: boolean;
}

/** Who verifies by a timer reads no answer: it reaches whom a server would tell. */
async function alarm(typed: Typed, host: Host): Promise<void> {
  const opened = await host.openCredentials(host.loadConfig(flagsOf(typed)));
  if (!opened.ok) {
    for (const line of opened.failure.lines) host.remark(`no alert was given: ${line}\n`);
    return;
  }
  opened.value.chainFailed();
  await opened.value.close();
}

/** Where the configuration is needed for nothing, it is not read: an auditor may have none. */
async function placeOf(typed: Typed, host: Host): Promise<Outcome<Place, ExitCode>> {
  const [path] = typed.args;
  const key = text(typed, "publicKey");
  const publicKey = key === undefined ? null : resolve(host.cwd, key);
  if (path !== undefined && publicKey !== null) {
    return done({ path: resolve(host.cwd, path), publicKey, likelyKeys: [], isOwn: false });
  }
  const loaded = await host.loadConfig(flagsOf(typed))();
  if (!loaded.ok) {
    for (const fault of loaded.failure) host.remark(`${faultLine(fault)}\n`);
    return failed(EXIT.configuration);
  }
  const { config } = loaded.value;
  const likelyKeys = host.publicKeys(config);
  const here = path === undefined ? config.audit.dir : resolve(host.cwd, path);
  // Elsewhere the configuration may be the same: nothing is made there.
  const isOwn = isWithin(config.audit.dir, here) && existsSync(config.state_dir);
  return done({ path: here, publicKey, likelyKeys, isOwn });
}

function isWithin(folder: string, path: string): boolean {
  return !relative(folder, path).split(sep).includes("..");
}

function asJson(chains: readonly ChainVerdict[]): string {
  const heads = chains.flatMap(({ head }) => (head === null ? [] : [head]));
  const intact = chains.every(({ fault }) => fault === null);
  return `${JSON.stringify({ intact, heads, chains }, null, 2)}\n`;
}
