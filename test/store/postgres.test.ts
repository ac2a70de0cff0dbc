import assert from "node:assert/strict";
import { after, before, suite, test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Store } from "../../src/store/types.ts";
import {
  PASSWORD,
  type Postgres,
  query,
  startPostgres,
  whyNoPostgres,
} from "../support/postgres.ts";
import { changeOf, failureOf, KEY, type MakePlace, open, storeIn, valueOf } from "./place.ts";
import { alertSuite } from "./alerts.ts";
import { processSuite } from "./processes.ts";
import { storeSuite } from "./suite.ts";

const skip = whyNoPostgres();
let server: Postgres | null = null;

if (skip === false) {
  before(async () => {
    server = await startPostgres();
  });
  after(() => server?.remove());
}

function running(): Postgres {
  assert.ok(server !== null);
  return server;
}

const makePlace: MakePlace = async () => {
  const url = await running().database();
  return {
    ...{ postgres: url, stateDir: "/nowhere" },
    query: async (sql) => (await query(url, sql)).map(withNumbers),
  };
};

/** Whole numbers of 8 bytes come as text. */
function withNumbers(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const numbers = Object.entries(row).map(([name, value]) =>
    typeof value === "string" && /^\d+$/.test(value) ? [name, Number(value)] : [name, value],
  );
  return Object.fromEntries(numbers);
}

storeSuite("a store in PostgreSQL", makePlace, skip);
processSuite("a store in PostgreSQL", makePlace, skip);
alertSuite("the alerts of a store in PostgreSQL", makePlace, skip);

/** How many milliseconds it takes until the epoch is another than this, or a failure; at most 10 s. */
async function untilItMoves(store: Store, from: number): Promise<number> {
  const started = performance.now();
  for (;;) {
    const epoch = await store.epoch();
    const took = performance.now() - started;
    if (!epoch.ok || epoch.value !== from || took > 10_000) return took;
    await wait(5);
  }
}

async function twoOf(context: TestContext): Promise<{
  readonly place: Awaited<ReturnType<MakePlace>>;
  readonly one: Store;
  readonly two: Store;
  readonly epoch: number;
}> {
  const place = await makePlace(context);
  const [one, two] = [await storeIn(context, place), await storeIn(context, place)];
  await until(async () => (await place.query(LISTENERS)).length === 2);
  return { place, one, two, epoch: valueOf(await two.epoch()) };
}

/** Asks again until it is so; at most 10 s. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    assert.ok(tries < 200, "not within 10 s");
    await wait(50);
  }
}

/** The connections that wait for an announcement. */
const LISTENERS = `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
  AND application_name = 'kubiya epoch' AND state = 'idle' AND query LIKE 'SELECT value %'`;

/** All connections but the one that asks. */
const OTHERS = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

suite("the epoch in PostgreSQL", { skip }, () => {
  test("a change is announced: others know of it well before they would ask", async (context) => {
    const { one, two, epoch } = await twoOf(context);
    const took: number[] = [];
    for (const revision of [1, 2, 3]) {
      valueOf(await one.change(changeOf({ ...KEY, revision })));
      took.push(await untilItMoves(two, epoch + revision - 1));
      assert.equal(valueOf(await two.epoch()), epoch + revision);
    }
    assert.ok(Math.max(...took) < 1000 && Math.min(...took) < 300, String(took));
  });

  test("a change that nobody announces is known soon after a second", async (context) => {
    const { place, two, epoch } = await twoOf(context);
    await place.query("UPDATE kubiya_counter SET value = value + 1 WHERE name = 'epoch'");
    const took = await untilItMoves(two, epoch);
    assert.ok(took < 3000, String(took));
    assert.equal(valueOf(await two.epoch()), epoch + 1);
  });

  test("a database that was put back has another epoch, although a lower one", async (context) => {
    const { place, two, epoch } = await twoOf(context);
    await place.query("UPDATE kubiya_counter SET value = value - 1 WHERE name = 'epoch'");
    const took = await untilItMoves(two, epoch);
    assert.ok(took < 3000, String(took));
    assert.equal(valueOf(await two.epoch()), epoch - 1);
  });

  test("where the connection that listens is cut, it comes back and misses nothing", async (context) => {
    const { place, one, two, epoch } = await twoOf(context);
    for (const revision of [1, 2, 3]) {
      const cut = `SELECT pg_terminate_backend(pid) FROM (${LISTENERS}) AS listeners`;
      await until(async () => (await place.query(cut)).length === 2);
      valueOf(await one.change(changeOf({ ...KEY, revision })));
      const took = await untilItMoves(two, epoch + revision - 1);
      assert.ok(took < 5000, String(took));
      assert.equal(valueOf(await two.epoch()), epoch + revision);
    }
  });

  test("a connection that hangs is opened anew before anything is stale", async (context) => {
    const { place, two, epoch } = await twoOf(context);
    const pids = (await place.query(OTHERS)).map(({ pid }) => Number(pid));
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    try {
      await place.query("UPDATE kubiya_counter SET value = value + 1 WHERE name = 'epoch'");
      const took = await untilItMoves(two, epoch);
      assert.ok(took < 5000, String(took));
      assert.equal(valueOf(await two.epoch()), epoch + 1);
      failureOf(await two.credential(KEY.id));
      assert.deepEqual(valueOf(await two.credential(KEY.id)), null);
    } finally {
      for (const pid of pids) process.kill(pid, "SIGCONT");
    }
  });

  test("without an answer it is a failure within 5 s, and well again when the server is", async (context) => {
    const { two, epoch } = await twoOf(context);
    const stopping = performance.now();
    await running().stop();
    const stopped = performance.now();
    context.after(running().start);
    failureOf(await two.credential(KEY.id));
    await untilItMoves(two, epoch);
    // Stopping takes its time, and the last answer may have come before it or while it went on.
    const failed = performance.now();
    assert.ok(failed - stopping > 3000 && failed - stopped < 5200, `${failed - stopped}`);
    const { detail } = failureOf(await two.epoch());
    assert.match(
      detail,
      /^cannot reach PostgreSQL at .*; check that it runs, and that store.postgres names it$/,
    );
    failureOf(await two.change(changeOf(KEY)));
    await running().start();
    await until(async () => (await two.epoch()).ok);
    assert.equal(valueOf(await two.epoch()), epoch);
    valueOf(await two.change(changeOf(KEY)));
  });

  for (const [age, is] of [
    [4999, "known"],
    [5000, "a failure"],
    [5001, "a failure"],
  ] as const) {
    test(`the epoch of ${age} ms ago is ${is}`, async (context) => {
      let now = 0;
      const store = await storeIn(context, await makePlace(context), () => now);
      await running().stop();
      context.after(running().start);
      now = age;
      assert.equal((await store.epoch()).ok, is === "known");
    });
  }
});

suite("a PostgreSQL that cannot be used", { skip }, () => {
  const cases: readonly (readonly [string, (url: string) => string, RegExp])[] = [
    [
      "nobody listens",
      () => `postgresql://kubiya:${encodeURIComponent(PASSWORD)}@127.0.0.1:1/kubiya`,
      /^cannot use PostgreSQL at 127\.0\.0\.1:1\/kubiya: .*ECONNREFUSED.*; check that it runs/,
    ],
    [
      "the password is wrong",
      (url) => url.replace("canary", "canary-wrong"),
      /password authentication failed.*; correct the user or the password in store\.postgres$/,
    ],
    [
      "there is no such database",
      (url) => url.replace(/test_\d+/, "elsewhere"),
      /database "elsewhere" does not exist; create that database/,
    ],
    [
      "its TLS cannot be had",
      (url) => `${url}&sslmode=verify-full`,
      /^cannot use PostgreSQL at .*SSL.*; check that it runs/,
    ],
    [
      "a certificate is not there",
      (url) => `${url}&sslrootcert=/nowhere/ca.pem`,
      /^cannot use store\.postgres: a file that it names cannot be read: ENOENT; correct the paths/,
    ],
    [
      "the connection string is none",
      () => `postgresql://kubiya:${PASSWORD}@[::broken/kubiya`,
      /^cannot use store\.postgres: it is no connection string; write it as postgresql:\/\//,
    ],
  ];
  for (const [why, urlOf, told] of cases) {
    test(`where ${why} the failure says what to do, and shows no password`, async () => {
      const postgres = urlOf(await running().database());
      const { detail } = failureOf(await open({ postgres, stateDir: "/nowhere" }));
      assert.match(detail, told);
      assert.doesNotMatch(detail, /canary|pass.?word%?.*word@|:\/\/kubiya/);
    });
  }
});
