import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { anchorsIn } from "./anchors.ts";
import { createDisk } from "./disk.ts";
import { codeOf, textOf } from "./failure.ts";
import { fileNamed, filesIn } from "./files.ts";
import { checkWith, publicKeysIn } from "./public-keys.ts";
import type {
  Anchor,
  ChainVerdict,
  CheckSignature,
  Unreadable,
  VerifyQuestion,
  VerifyTrail,
} from "./types.ts";
import { type ChainSource, verifyChain } from "./verify.ts";

const disk = createDisk();

type Found = Omit<ChainSource, "disk" | "check"> & { readonly path: string };

/** Verifies a file, a chain, or all chains of a folder. */
export const verifyTrail: VerifyTrail = async (question) => {
  try {
    const check = await checkOf(question);
    if (!check.ok) return unreadable(check.failure);
    const anchors = await anchorsOf(question);
    if (!anchors.ok) return unreadable(anchors.failure);
    const chains = await chainsAt(question.path, anchors.value);
    if (chains.length === 0) return unreadable(`there is no audit chain in ${question.path}`);
    const verdicts: ChainVerdict[] = [];
    for (const { path, ...chain } of chains) {
      verdicts.push({ path, ...(await verifyChain({ disk, ...chain, check: check.value })) });
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

async function chainsAt(path: string, anchors: readonly Anchor[]): Promise<readonly Found[]> {
  if (!(await stat(path)).isDirectory()) {
    const file = fileNamed(basename(path)) ?? { name: basename(path), number: 0 };
    return [{ path, folder: dirname(path), files: [file], part: true, name: null, anchors }];
  }
  const files = await filesIn(disk, path);
  if (files.length > 0) return [{ path, folder: path, files, part: false, name: null, anchors }];
  const entries = await readdir(path, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const all = await Promise.all(
    [...new Set([...folders, ...anchors.map(({ chain }) => chain)])]
      .toSorted()
      .map(async (name) => {
        const folder = join(path, basename(name));
        const own = anchors.filter(({ chain }) => chain === name);
        const files = await filesIn(disk, folder);
        return { path: folder, folder, files, part: false, name, anchors: own };
      }),
  );
  // A folder without files is one that a start has only just made, or that somebody emptied.
  return all.filter(({ files, anchors: own }) => files.length > 0 || own.length > 0);
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
