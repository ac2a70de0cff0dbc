// Two servers share a database: what one of them does to a credential, the other does not remember otherwise.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import { openPeppers } from "../../src/credential/pepper.ts";
import { createPerform } from "../../src/credential/perform.ts";
import { createPlanDeed } from "../../src/credential/plan.ts";
import { rememberVerified } from "../../src/credential/remember.ts";
import type { Order } from "../../src/credential/types.ts";
import { createVerify } from "../../src/credential/verify.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import { storeIn } from "../store/place.ts";
import { type Postgres, query, startPostgres, whyNoPostgres } from "../support/postgres.ts";
import { until } from "../support/server.ts";
import { KEY, made, must } from "./keyring.ts";
import { NOON } from "./world.ts";

const skip = whyNoPostgres();
const folder = mkdtempSync(join(tmpdir(), "kubiya-test-"));
let server: Postgres | null = null;

after(() => rmSync(folder, { recursive: true, force: true }));
if (skip === false) {
  before(async () => {
    server = await startPostgres();
  });
  after(() => server?.remove());
}

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** Under this clock nothing grows old: what is forgotten is forgotten for the epoch alone. */
const STANDING: Clock = () => 0;

/** A key that was made at one server and that the other remembers. */
async function remembered(context: TestContext, stopwatch: Clock) {
  const postgres = (await server?.database()) ?? assert.fail("no server");
  const where = { postgres, stateDir: "/nowhere" };
  const [one, two] = [await storeIn(context, where), await storeIn(context, where)];
  const peppers = must(await openPeppers(folder, one));
  const plan = createPlanDeed({ store: one, peppers, newId: () => "unused" });
  const perform = createPerform(one, peppers);
  const carryOut = async (order: Order) =>
    must(await perform(mintPermit("d", must(await plan(order, NOON))), NOON));
  const { row, secret } = made(await carryOut({ do: "create", wanted: KEY }));
  let proofs = 0;
  const proven = createVerify({ store: two, peppers, log: QUIET });
  const verify = rememberVerified(
    (presented) => {
      proofs += 1;
      return proven(presented);
    },
    { store: two, stopwatch },
  );
  /** Whether the other server still takes the key for a good one. */
  const holds = async (): Promise<boolean> => {
    const verified = must(await verify(secret));
    return verified.status === "verified" && verified.row.revoked_ms === null;
  };
  // Until it has heard of the making.
  await until(async () => {
    const before = proofs;
    return (await holds()) && (await holds()) && proofs === before;
  });
  return { sql: (text: string) => query(postgres, text), carryOut, row, holds };
}

/** How many milliseconds it takes until the other server does not take it any more. */
async function untilOver(holds: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  await until(async () => !(await holds()));
  return performance.now() - started;
}

suite("what is remembered of credentials in PostgreSQL", { skip }, () => {
  test("a key that is revoked at another server is forgotten as soon as that is announced", async (context) => {
    const { carryOut, row, holds } = await remembered(context, STANDING);
    await carryOut({ do: "revoke", kind: "key", id: row.id });
    const took = await untilOver(holds);
    assert.ok(took < 1_000, String(took));
  });

  test("where the announcement is lost it is forgotten within 5 s", async (context) => {
    const { sql, row, holds } = await remembered(context, STANDING);
    await sql(`UPDATE kubiya_credential SET revoked_ms = ${NOON} WHERE id = '${row.id}'`);
    await sql("UPDATE kubiya_counter SET value = value + 1 WHERE name = 'epoch'");
    const took = await untilOver(holds);
    assert.ok(took < 5_000, String(took));
  });

  test("a row that is changed past the store, and announced by nobody, is forgotten in a second", async (context) => {
    const { sql, row, holds } = await remembered(context, () => performance.now());
    await sql(`UPDATE kubiya_credential SET roles = '["admin"]' WHERE id = '${row.id}'`);
    const took = await untilOver(holds);
    assert.ok(took < 2_000, String(took));
  });

  test("while the database cannot be reached, nothing that is remembered counts for longer than 5 s", async (context) => {
    const { holds } = await remembered(context, STANDING);
    await server?.stop();
    context.after(() => server?.start());
    const started = performance.now();
    await until(async () => {
      try {
        await holds();
        return false;
      } catch {
        return true;
      }
    });
    const took = performance.now() - started;
    assert.ok(took < 5_500, String(took));
  });
});
