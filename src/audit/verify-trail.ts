import { readFile } from "node:fs/promises";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { anchorsIn } from "./anchors.ts";
import { chainsAt } from "./chains.ts";
import { createDisk } from "./disk.ts";
import { codeOf, textOf } from "../lib/thrown.ts";
import { checkWith, publicKeysIn } from "./public-keys.ts";
import type {
  Anchor,
  ChainVerdict,
  CheckSignature,
  Unreadable,
  VerifyQuestion,
  VerifyTrail,
} from "./types.ts";
import { verifyChain } from "./verify.ts";

const disk = createDisk();

/** Verifies a file, a chain, or all chains of a folder. */
export const verifyTrail: VerifyTrail = async (question) => {
  try {
    const check = await checkOf(question);
    if (!check.ok) return unreadable(check.failure);
    const anchors = await anchorsOf(question);
    if (!anchors.ok) return unreadable(anchors.failure);
    const kept = Map.groupBy(anchors.value, ({ chain }) => chain);
    const chains = await chainsAt(disk, question.path, [...kept.keys()]);
    if (chains.length === 0) return unreadable(`there is no audit chain in ${question.path}`);
    const verdicts: ChainVerdict[] = [];
    for (const { path, ...chain } of chains) {
      const own = chain.name === null ? anchors.value : (kept.get(chain.name) ?? []);
      const held = { disk, ...chain, anchors: own, check: check.value };
      verdicts.push({ path, ...(await verifyChain(held)) });
    }
    return done(verdicts);
  } catch (error) {
    const code = codeOf(error);
    if (code === "") throw error;
    return unreadable(`cannot read the audit trail: ${textOf(error)}`);
  }
};

function unreadable(detail: string): Outcome<never, Unreadable> {
  return failed({ reason: "unreadable", detail });
}

async function anchorsOf({
  checkpoint,
}: VerifyQuestion): Promise<Outcome<readonly Anchor[], string>> {
  if (checkpoint === null) return done([]);
  const anchors = anchorsIn(await readFile(checkpoint, "utf8"));
  return anchors.length > 0
    ? done(anchors)
    : failed(
        `${checkpoint} has no checkpoint: neither what verify --json printed nor lines of a log`,
      );
}

async function checkOf({
  publicKey,
  likelyKeys,
}: VerifyQuestion): Promise<Outcome<CheckSignature | null, string>> {
  if (publicKey !== null) {
    const keys = publicKeysIn(await readFile(publicKey, "utf8"));
    if (keys.length > 0) return done(checkWith(keys));
    return failed(`${publicKey} holds no public Ed25519 key in PEM form`);
  }
  const texts = await Promise.all(
    likelyKeys.map((path) => readFile(path, "utf8").catch(absentAsEmpty)),
  );
  const keys = texts.flatMap(publicKeysIn);
  return done(keys.length === 0 ? null : checkWith(keys));
}

function absentAsEmpty(error: unknown): string {
  if (codeOf(error) === "ENOENT" || codeOf(error) === "EACCES") return "";
  throw error;
}
