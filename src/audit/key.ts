// On the trust boundary: the key that checkpoints are signed with. It is never written anywhere but into
// its own file, and nothing of it is said in a message.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { constants, link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { codeOf, textOf } from "../lib/thrown.ts";
import { keyId, pemOf } from "./public-keys.ts";
import type { CheckpointKey } from "./types.ts";

/** Why checkpoints cannot be signed. */
export interface KeyFailure {
  readonly reason: "key_unusable";
  readonly detail: string;
}

/** Where the key is. */
export interface KeyPlace {
  readonly stateDir: string;
  /** A key of the operator's own; null: one that is made in the state folder. */
  readonly path: string | null;
}

const OTHERS = 0o007;
const MADE = "checkpoint.pem";
const MADE_PUBLIC = "checkpoint.pub.pem";

/** Where an auditor finds the public half of the key that is made in a state folder. */
export function publicKeyIn(stateDir: string): string {
  return join(stateDir, MADE_PUBLIC);
}

/** Opens the key; where none is named and none was made, one is made, with its public half beside it. */
export async function openCheckpointKey({
  stateDir,
  path: named,
}: KeyPlace): Promise<Outcome<CheckpointKey, KeyFailure>> {
  const path = named ?? join(stateDir, MADE);
  try {
    if (named === null) await makeOnce(stateDir, path);
    const key = await readKey(path);
    if (!key.ok) return key;
    const publicKey = createPublicKey(key.value);
    if (named === null) await showPublic(publicKeyIn(stateDir), pemOf(publicKey));
    const id = keyId(publicKey);
    const signed = (text: string): string =>
      sign(null, Buffer.from(text), key.value).toString("base64");
    return done({ id, sign: signed });
  } catch (error) {
    const code = codeOf(error);
    return unusable(`${path} cannot be used: ${code === "" ? textOf(error) : code}`);
  }
}

async function readKey(path: string): Promise<Outcome<KeyObject, KeyFailure>> {
  // Whoever opens a pipe waits for its other end.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const found = await file.stat();
  if (!found.isFile()) return unusable(`${path} is not a file`);
  if ((found.mode & OTHERS) !== 0) {
    return unusable(`everybody can read ${path}; run: chmod o= ${path}`);
  }
  const key = parse(await file.readFile());
  return key?.asymmetricKeyType === "ed25519"
    ? done(key)
    : unusable(
        `${path} is no private Ed25519 key in PEM form (openssl genpkey -algorithm ed25519)`,
      );
}

/** What the library says of a broken key could show a part of it. */
function parse(pem: Buffer): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

/** Whole or not at all: several processes may start at once, and one of them may be killed. */
async function makeOnce(stateDir: string, path: string): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  if ((await textIn(path)) !== null) return;
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await throughFresh({ path, text: pem, mode: 0o600 }, (fresh) =>
    link(fresh, path).catch((error: unknown) => {
      // Somebody else was first: theirs counts.
      if (codeOf(error) !== "EEXIST") throw error;
    }),
  );
}

async function showPublic(path: string, pem: string): Promise<void> {
  if ((await textIn(path)) === pem) return;
  await throughFresh({ path, text: pem, mode: 0o644 }, (fresh) => rename(fresh, path));
}

async function throughFresh(
  { path, text, mode }: { readonly path: string; readonly text: string; readonly mode: number },
  place: (fresh: string) => Promise<void>,
): Promise<void> {
  const fresh = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await using file = await open(fresh, "wx", mode);
    await file.writeFile(text);
    await file.sync();
    await place(fresh);
  } finally {
    await rm(fresh, { force: true });
  }
}

async function textIn(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
}

function unusable(detail: string): Outcome<never, KeyFailure> {
  return failed({ reason: "key_unusable", detail: `${detail} (audit.checkpoint_key)` });
}
