import { mint } from "../src/credential/format.ts";
import { openPeppers, type Peppers } from "../src/credential/pepper.ts";
import { rememberVerified } from "../src/credential/remember.ts";
import { seal, verifierOf } from "../src/credential/seal.ts";
import { createVerify } from "../src/credential/verify.ts";
import { createSecret, type Secret } from "../src/lib/secret.ts";
import { openStore } from "../src/store/open.ts";
import type { CredentialRow, Store } from "../src/store/types.ts";
import { type Row, spread, timesOf } from "./measure.ts";
import { benchFolder, SILENT } from "./world.ts";

const SIZES = [10, 100_000] as const;
const RUNS = 5_000;
const ROWS_AT_ONCE = 1_000;

/** What it costs to find out whose a credential is: the right one, a wrong one, one that nobody has. */
export async function measureCredentials(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let few = 0;
  for (const size of SIZES) {
    const { store, presented, verify } = await keysOf(size);
    const right = await costOf(verify, presented.right);
    few ||= right;
    rows.push([
      `whose a key is, ${size} keys in the store`,
      `p50 ${right.toFixed(1)} us; ${(right / few).toFixed(2)} times that of the fewest`,
      "flat",
    ]);
    if (size === SIZES[0]) {
      const wrong = await costOf(verify, presented.wrong);
      const unknown = await costOf(verify, presented.unknown);
      const malformed = await costOf(verify, presented.malformed);
      rows.push([
        "a wrong key beside the right one, as long as that is not remembered",
        `${(wrong / right).toFixed(2)} times; an unknown one ${(unknown / wrong).toFixed(2)}, a malformed one ${(malformed / wrong).toFixed(2)} times the wrong one`,
        "at most 1, and alike",
      ]);
    }
    if (size === SIZES[0]) {
      const stopwatch = (): number => performance.now();
      const again = await costOf(rememberVerified(verify, { store, stopwatch }), presented.right);
      rows.push([
        "a key that is remembered, as nothing has changed since",
        `p50 ${again.toFixed(1)} us; ${(again / right).toFixed(2)} times that of one that is not`,
        "-",
      ]);
    }
    await store.close();
  }
  return rows;
}

type Verify = ReturnType<typeof createVerify>;

async function costOf(verify: Verify, secret: Secret): Promise<number> {
  return spread(await timesOf(RUNS, () => verify(secret))).p50;
}

/** A store of so many keys, with what verifies them. */
export async function keysOf(size: number) {
  const stateDir = benchFolder();
  const stopwatch = () => performance.now();
  const opened = await openStore({ postgres: null, stateDir, stopwatch });
  if (!opened.ok) throw new Error("the bench has no store");
  const store = opened.value;
  const peppers = await openPeppers(stateDir, store);
  if (!peppers.ok) throw new Error("the bench has no pepper");
  const made = Array.from({ length: size }, () => makeKey(peppers.value));
  for (let at = 0; at < size; at += ROWS_AT_ONCE) {
    await write(
      store,
      made.slice(at, at + ROWS_AT_ONCE).map(({ row }) => row),
    );
  }
  const [first] = made;
  if (first === undefined) throw new Error("the bench has no key");
  const other = mint("key");
  const presented = {
    right: first.secret,
    // The same id and another secret.
    wrong: makeKey(peppers.value, first.row.id).secret,
    unknown: other.secret,
    malformed: createSecret(`${other.secret.reveal().slice(0, -1)}!`),
  };
  const verify = createVerify({
    ...{ store, peppers: peppers.value, log: SILENT },
  });
  return { store, presented, verify, ids: made.map(({ row }) => row.id) };
}

async function write(store: Store, credentials: readonly CredentialRow[]): Promise<void> {
  const written = await store.change({
    credentials,
    endSessionsOf: [],
    openSession: null,
    endSession: null,
    freeze: null,
    definitions: [],
  });
  if (!written.ok) throw new Error(JSON.stringify(written.failure));
}

/** A key, with an id of its own or this one. */
function makeKey(
  peppers: Peppers,
  as?: string,
): { readonly row: CredentialRow; readonly secret: Secret } {
  const pepper = peppers.version(peppers.current);
  if (pepper === null) throw new Error("the bench has no pepper");
  const { id, secret } = mint("key", as);
  const row = seal(pepper, {
    ...{ id, kind: "key", name: "bench", user: "ada", roles: [], permissions: ["*"] },
    ...{ allowed_ips: null, allow_stdio: true, parent: null, replaced_by: null, revision: 1 },
    ...{ created_ms: 0, expires_ms: Number.MAX_SAFE_INTEGER, revoked_ms: null },
    ...{ pepper: peppers.current, verifier: verifierOf(pepper, secret.reveal()) },
  });
  return { row, secret };
}
