// On the trust boundary: the secret beside the store. It is made once, it is nobody's but the server's, and
// it is never written anywhere else.

import { createSecretKey, randomBytes } from "node:crypto";
import { constants, link, mkdir, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Store, StoreFailure } from "../store/types.ts";
import type { Pepper } from "./seal.ts";
import type { DeedFailure } from "./types.ts";

/** Why the pepper cannot be used. */
type PepperFailure = Extract<DeedFailure, { readonly reason: "pepper_unusable" }>;

/** All versions of the pepper; new credentials are made with the current one. */
export interface Peppers {
  readonly current: number;
  readonly version: (version: number) => Pepper | null;
}

const FILE = "pepper.json";
const BYTES = 32;
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

/** Reads the pepper of a state folder, and makes one where there is none yet and no credential in the store. */
export async function openPeppers(
  stateDir: string,
  store: Pick<Store, "credentials">,
): Promise<Outcome<Peppers, PepperFailure | StoreFailure>> {
  const path = join(stateDir, FILE);
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    if (((await stat(stateDir)).mode & OTHERS_WRITE) !== 0) {
      return unusable(`others can write to ${stateDir}; run: chmod go-w ${stateDir}`);
    }
    if (!(await isThere(path))) {
      const found = await store.credentials();
      if (!found.ok) return found;
      const { rows, unreadable } = found.value;
      // Another process may have made it and a key since: then it is there by now.
      if (rows.length + unreadable > 0 && !(await isThere(path))) {
        return unusable(
          `${path} is not there, and the store has credentials that were made with it; put it back from a copy, or copy it from another server of the same store`,
        );
      }
      await make(path);
    }
    // Whoever opens a pipe waits for its other end.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile()) return unusable(`${path} is not a file; put it back from a copy`);
    if ((found.mode & OTHERS) !== 0) {
      return unusable(`others can read ${path}; run: chmod 600 ${path}`);
    }
    const peppers = read(await file.readFile("utf8"));
    return peppers === null
      ? unusable(`${path} is not what was written there; put it back from a copy`)
      : done(peppers);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return unusable(`${path} cannot be used: ${why}; check the folder's rights`);
  }
}

/** Whole or not at all: several processes may start at once, and one of them may be killed. */
async function make(path: string): Promise<void> {
  const fresh = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await using file = await open(fresh, "wx", 0o600);
    const peppers = { current: 1, peppers: { 1: randomBytes(BYTES).toString("base64") } };
    await file.writeFile(`${JSON.stringify(peppers)}\n`);
    await file.sync();
    await link(fresh, path).catch((thrown: unknown) => {
      // Somebody else was first: theirs counts.
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
    });
  } finally {
    await rm(fresh, { force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (thrown: unknown) => {
      if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return false;
      throw thrown;
    },
  );
}

/** `{"current": 1, "peppers": {"1": "<base64>"}}` */
function read(text: string): Peppers | null {
  const written = parseJson(text);
  if (!isObject(written) || !isObject(written["peppers"])) return null;
  const { current } = written;
  const versions = new Map(
    Object.entries(written["peppers"]).map(([version, value]) => [
      Number(version),
      createSecretKey(String(value), "base64"),
    ]),
  );
  if (typeof current !== "number" || versions.get(current)?.symmetricKeySize !== BYTES) return null;
  return { current, version: (version) => versions.get(version) ?? null };
}

/** What the parser says of a broken file would show a part of it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unusable(detail: string): Outcome<never, PepperFailure> {
  return failed({ reason: "pepper_unusable", detail });
}
