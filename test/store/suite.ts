// What every store promises, as one suite: each implementation is held to it.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { DefinitionRow } from "../../src/store/types.ts";
import { NOON } from "../support/world.ts";
import {
  BARE,
  changeOf,
  endSession,
  failureOf,
  KEY,
  type MakePlace,
  open,
  openSession,
  SESSION,
  storeIn,
  valueOf,
} from "./place.ts";

const CONFLICT = { ok: false, failure: { reason: "conflict" } };
const NO_SESSION = { ok: false, failure: { reason: "unknown_id", id: SESSION.id } };
const DONE = { ok: true, value: undefined };

/** Runs the suite on one implementation. */
export function storeSuite(name: string, makePlace: MakePlace, skip: string | false = false): void {
  suite(name, { skip }, () => {
    credentials(makePlace);
    spoilt(makePlace);
    changes(makePlace);
    sessions(makePlace);
    limits(makePlace);
    freezes(makePlace);
    definitions(makePlace);
    counters(makePlace);
    opening(makePlace);
  });
}

function credentials(makePlace: MakePlace): void {
  test("an empty store has nothing", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    assert.deepEqual(await store.credential(KEY.id), { ok: true, value: null });
    assert.deepEqual(await store.credentials(), { ok: true, value: { rows: [], unreadable: 0 } });
    assert.deepEqual(await store.session(SESSION.id), { ok: true, value: null });
    assert.deepEqual(await store.sessions({ nowMs: NOON }), { ok: true, value: [] });
    assert.deepEqual(await endSession(store, SESSION.id), NO_SESSION);
    assert.deepEqual(await store.used(KEY.id, NOON), DONE);
    assert.deepEqual(await store.refreshSession(SESSION), DONE);
  });

  test("a credential comes back as it was stored, the oldest first", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    assert.deepEqual(await store.change(changeOf(KEY, BARE)), DONE);
    assert.deepEqual(valueOf(await store.credential(KEY.id)), { row: KEY, last_used_ms: null });
    assert.deepEqual(valueOf(await store.credentials()).rows, [
      { row: BARE, last_used_ms: null },
      { row: KEY, last_used_ms: null },
    ]);
  });

  test("those of the same moment come by the bytes of their ids", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    const ids = ["a", "B", "Z", "0"].map((id) => id.repeat(16));
    valueOf(await store.change(changeOf(...ids.map((id) => ({ ...KEY, id })))));
    const found = valueOf(await store.credentials()).rows.map(({ row }) => row.id);
    assert.deepEqual(found, ids.toSorted());
  });

  test("a use is noted, and never taken back", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    valueOf(await store.change(changeOf(KEY)));
    for (const [at, noted] of [
      [NOON, NOON],
      [NOON - 1, NOON],
      [NOON + 1, NOON + 1],
    ] as const) {
      valueOf(await store.used(KEY.id, at));
      assert.equal(valueOf(await store.credential(KEY.id))?.last_used_ms, noted);
    }
    valueOf(await store.change(changeOf({ ...KEY, revision: 2 })));
    assert.equal(valueOf(await store.credential(KEY.id))?.last_used_ms, NOON + 1);
  });

  test("a row that this program did not write is a failure, not a credential", async (context) => {
    const place = await makePlace(context);
    const store = await storeIn(context, place);
    valueOf(await store.change(changeOf(KEY, BARE)));
    for (const roles of ["{}", "[1]", "no JSON", "null"]) {
      await place.query(`UPDATE kubiya_credential SET roles = '${roles}' WHERE id = '${KEY.id}'`);
      const { detail } = failureOf(await store.credential(KEY.id));
      assert.match(detail, /^cannot read a credential: .*; restore the store from a backup$/);
      assert.deepEqual(valueOf(await store.credentials()), {
        rows: [{ row: BARE, last_used_ms: null }],
        unreadable: 1,
      });
    }
    valueOf(await store.credential(BARE.id));
  });
}

function spoilt(makePlace: MakePlace): void {
  const HUGE = "9007199254740993";

  test("a number that does not fit spoils its own row, and no other", async (context) => {
    const place = await makePlace(context);
    const store = await storeIn(context, place);
    valueOf(await store.change(changeOf(KEY, BARE)));
    await place.query(`UPDATE kubiya_credential SET revision = ${HUGE} WHERE id = '${KEY.id}'`);
    const { rows, unreadable } = valueOf(await store.credentials());
    assert.deepEqual([rows.map(({ row }) => row.id), unreadable], [[BARE.id], 1]);
    failureOf(await store.credential(KEY.id));
  });

  test("a session that cannot be read keeps no other from being read or opened", async (context) => {
    const place = await makePlace(context);
    const store = await storeIn(context, place);
    valueOf(await openSession(store, SESSION, 0));
    valueOf(await openSession(store, { ...SESSION, id: "second" }, 1));
    for (const [at, used] of [HUGE, "9223372036854775807"].entries()) {
      await place.query(`UPDATE kubiya_session SET used_ms = ${used} WHERE id = 'second'`);
      assert.equal(valueOf(await store.sessions({ nowMs: NOON })).length, at + 1);
      valueOf(await openSession(store, { ...SESSION, id: `other ${at}` }, at + 1));
    }
  });
}

function changes(makePlace: MakePlace): void {
  test("a change needs the revision before, and a new row an id that is not there", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    assert.deepEqual(await store.change(changeOf({ ...KEY, revision: 2 })), CONFLICT);
    assert.deepEqual(await store.change(changeOf(KEY)), DONE);
    for (const revision of [0, 1, 3]) {
      assert.deepEqual(await store.change(changeOf({ ...KEY, name: "x", revision })), CONFLICT);
    }
    const second = { ...KEY, ...{ revision: 2, revoked_ms: NOON, roles: [], permissions: null } };
    assert.deepEqual(await store.change(changeOf(second)), DONE);
    assert.deepEqual(await store.change(changeOf(second)), CONFLICT);
    assert.deepEqual(valueOf(await store.credential(KEY.id))?.row, second);
  });

  test("of a change that conflicts nothing happens", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    valueOf(await store.change(changeOf(KEY)));
    valueOf(await openSession(store, SESSION, 0));
    const epoch = valueOf(await store.epoch());
    const rows = [{ ...KEY, revision: 2 }, BARE, { ...BARE, revision: 3 }];
    const change = { ...changeOf(...rows), endSessionsOf: [KEY.id] };
    assert.deepEqual(await store.change(change), CONFLICT);
    assert.deepEqual(valueOf(await store.credentials()).rows, [{ row: KEY, last_used_ms: null }]);
    assert.deepEqual(valueOf(await store.session(SESSION.id)), SESSION);
    assert.equal(valueOf(await store.epoch()), epoch);
  });

  test("a key and the one that takes its place are written in either order", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    valueOf(await store.change(changeOf(KEY)));
    const next = { ...KEY, id: "CCCCCCCCCCCCCCCC" };
    const replaced = { ...KEY, revision: 2, replaced_by: next.id };
    assert.deepEqual(await store.change(changeOf(replaced, next)), DONE);
    assert.deepEqual(valueOf(await store.credential(KEY.id))?.row, replaced);
  });

  test("a row that names another which is not there is refused whole", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    failureOf(await store.change(changeOf(BARE)));
    assert.deepEqual(valueOf(await store.credentials()).rows, []);
    assert.deepEqual(await store.change(changeOf(KEY, BARE)), DONE);
  });

  test("of a change whose session cannot be opened nothing happens", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    const wanted = { session: SESSION, seen: 1 };
    assert.deepEqual(await store.change({ ...changeOf(KEY), openSession: wanted }), CONFLICT);
    assert.deepEqual(valueOf(await store.credentials()).rows, []);
    const epoch = valueOf(await store.epoch());
    const change = { ...changeOf(KEY), openSession: { session: SESSION, seen: 0 } };
    assert.deepEqual(await store.change(change), DONE);
    assert.deepEqual(valueOf(await store.session(SESSION.id)), SESSION);
    assert.notEqual(valueOf(await store.epoch()), epoch);
  });

  test("a change of a credential ends a session also where it has ended already", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    assert.deepEqual(await store.change({ ...changeOf(KEY), endSession: SESSION.id }), DONE);
    assert.deepEqual(valueOf(await store.credential(KEY.id))?.row, KEY);
  });

  test("a change ends the sessions that it names, and no others", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    const other = { ...SESSION, id: "other", credential: "jwt:ana" };
    valueOf(await store.change(changeOf(KEY)));
    valueOf(await openSession(store, SESSION, 0));
    valueOf(await openSession(store, { ...SESSION, id: "second" }, 1));
    valueOf(await openSession(store, other, 0));
    const change = { ...changeOf({ ...KEY, revision: 2 }), endSessionsOf: [KEY.id] };
    assert.deepEqual(await store.change(change), DONE);
    assert.deepEqual(valueOf(await store.sessions({ nowMs: NOON })), [other]);
  });
}

function sessions(makePlace: MakePlace): void {
  test("a session is kept only where as many are open as were seen", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    const second = { ...SESSION, id: "second", started_ms: NOON + 1, used_ms: NOON + 1 };
    assert.deepEqual(await openSession(store, SESSION, 1), CONFLICT);
    assert.deepEqual(await openSession(store, SESSION, 0), DONE);
    assert.deepEqual(await openSession(store, second, 0), CONFLICT);
    assert.deepEqual(await openSession(store, SESSION, 1), CONFLICT);
    assert.deepEqual(await openSession(store, second, 1), DONE);
    assert.deepEqual(valueOf(await store.sessions({ credential: KEY.id, nowMs: NOON })), [
      SESSION,
      second,
    ]);
    assert.deepEqual(valueOf(await store.sessions({ credential: "jwt:ana", nowMs: NOON })), []);
  });

  test("sessions that are over are not counted", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    valueOf(await openSession(store, SESSION, 0));
    const overMs = NOON + SESSION.idle_ms;
    const at = (ms: number): typeof SESSION => ({ ...SESSION, id: "second", started_ms: ms });
    assert.deepEqual(await openSession(store, at(overMs - 1), 0), CONFLICT);
    assert.deepEqual(await openSession(store, at(overMs), 0), DONE);
  });

  test("a request is noted, and never taken back", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    valueOf(await openSession(store, SESSION, 0));
    for (const [at, noted] of [
      [NOON + 5, NOON + 5],
      [NOON + 4, NOON + 5],
      [NOON + 6, NOON + 6],
    ] as const) {
      const refreshed = { id: SESSION.id, used_ms: at, mac: `seal of ${at}` };
      assert.deepEqual(await store.refreshSession(refreshed), DONE);
      const kept = { ...SESSION, used_ms: noted, mac: `seal of ${noted}` };
      assert.deepEqual(valueOf(await store.session(SESSION.id)), kept);
    }
  });

  test("a session ends once", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    valueOf(await openSession(store, SESSION, 0));
    assert.deepEqual(await endSession(store, SESSION.id), DONE);
    assert.deepEqual(await endSession(store, SESSION.id), NO_SESSION);
    assert.deepEqual(await store.session(SESSION.id), { ok: true, value: null });
  });

  test("a session that is over is kept for a day, and then removed by the next one", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    const day = 86_400_000;
    const at = (id: string, ms: number): typeof SESSION => ({
      ...{ ...SESSION, id, credential: "jwt:ana", started_ms: ms, used_ms: ms },
    });
    valueOf(await openSession(store, SESSION, 0));
    valueOf(await openSession(store, at("a", NOON + SESSION.idle_ms + day - 1), 0));
    assert.deepEqual(valueOf(await store.session(SESSION.id)), SESSION);
    valueOf(await openSession(store, at("b", NOON + SESSION.idle_ms + day), 1));
    assert.deepEqual(valueOf(await store.session(SESSION.id)), null);
  });
}

function limits(makePlace: MakePlace): void {
  const idle = { ...SESSION, id: "idle", idle_ms: 1000, absolute_ms: 5000, used_ms: NOON + 500 };
  const absolute = { ...SESSION, id: "absolute", idle_ms: 5000, absolute_ms: 1500 };
  for (const session of [idle, absolute]) {
    for (const [ms, there] of [
      [1499, [session]],
      [1500, []],
      [1501, []],
    ] as const) {
      const is = there.length === 0 ? "over" : "open";
      test(`by its ${session.id} limit a session is ${is} after ${ms} ms`, async (context) => {
        const store = await storeIn(context, await makePlace(context));
        valueOf(await openSession(store, session, 0));
        const nowMs = NOON + ms;
        assert.deepEqual(valueOf(await store.sessions({ nowMs })), there);
        const own = await store.sessions({ credential: KEY.id, nowMs });
        assert.deepEqual(valueOf(own), there);
        assert.deepEqual(valueOf(await store.session(session.id)), session);
      });
    }
  }
}

const FREEZE = { reason: "a stolen key", since_ms: NOON };

function freezes(makePlace: MakePlace): void {
  test("a freeze holds for everybody until it is lifted, and another takes its place", async (context) => {
    const place = await makePlace(context);
    const [one, two] = [await storeIn(context, place), await storeIn(context, place)];
    assert.equal(valueOf(await two.freeze()), null);
    assert.deepEqual(await one.change({ ...changeOf(), freeze: FREEZE }), DONE);
    assert.deepEqual(valueOf(await two.freeze()), FREEZE);
    assert.deepEqual(await two.change(changeOf(KEY)), DONE);
    assert.deepEqual(valueOf(await two.freeze()), FREEZE);
    const later = { reason: "two stolen keys", since_ms: NOON + 1 };
    assert.deepEqual(await two.change({ ...changeOf(), freeze: later }), DONE);
    assert.deepEqual(valueOf(await one.freeze()), later);
    assert.deepEqual(await one.change({ ...changeOf(), freeze: "lifted" }), DONE);
    assert.equal(valueOf(await two.freeze()), null);
  });

  test("a brake that somebody took away is no open one, and can be pulled", async (context) => {
    const place = await makePlace(context);
    const store = await storeIn(context, place);
    await place.query("DELETE FROM kubiya_freeze");
    assert.match(failureOf(await store.freeze()).detail, /not what this program wrote/);
    assert.deepEqual(await store.change({ ...changeOf(), freeze: FREEZE }), DONE);
    assert.deepEqual(valueOf(await store.freeze()), FREEZE);
  });

  test("a store of before the brake gets one, and keeps what it has", async (context) => {
    const place = await makePlace(context);
    const before = valueOf(await open(place));
    valueOf(await before.change(changeOf(KEY)));
    await before.close();
    await place.query("DROP TABLE kubiya_freeze");
    await place.query("DROP TABLE kubiya_definition");
    await place.query("DELETE FROM kubiya_schema WHERE version > 3");
    const store = await storeIn(context, place);
    assert.equal(valueOf(await store.freeze()), null);
    assert.deepEqual(valueOf(await store.credential(KEY.id))?.row, KEY);
  });
}

const DEFINITION: DefinitionRow = {
  ...{ tool: "fs_read", origin: "fs", approved: '{"name":"read"}', presented: '{"name":"read"}' },
  ...{ approved_ms: NOON, presented_ms: NOON, revision: 1, pepper: 1, mac: "seal" },
};

function definitions(makePlace: MakePlace): void {
  test("definitions come back as they were stored, by the names of their tools", async (context) => {
    const place = await makePlace(context);
    const [one, two] = [await storeIn(context, place), await storeIn(context, place)];
    const other = { ...DEFINITION, tool: "a_b", approved: null, approved_ms: null };
    assert.deepEqual(await one.change({ ...changeOf(), definitions: [DEFINITION, other] }), DONE);
    assert.deepEqual(valueOf(await two.definitions()), [other, DEFINITION]);
    const next = { ...DEFINITION, presented: '{"name":"read","title":"x"}', revision: 2 };
    assert.deepEqual(await two.change({ ...changeOf(), definitions: [next] }), DONE);
    assert.deepEqual(valueOf(await one.definitions()), [other, next]);
  });

  test("of two that change one definition the second is told, and changes nothing", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    const other = { ...DEFINITION, tool: "a_b" };
    valueOf(await store.change({ ...changeOf(), definitions: [DEFINITION] }));
    for (const late of [DEFINITION, { ...DEFINITION, revision: 3 }]) {
      const change = { ...changeOf(), definitions: [other, late] };
      assert.deepEqual(await store.change(change), CONFLICT);
    }
    assert.deepEqual(valueOf(await store.definitions()), [DEFINITION]);
  });

  test("a definition that cannot be read hides no other", async (context) => {
    const place = await makePlace(context);
    const store = await storeIn(context, place);
    const huge = { ...DEFINITION, tool: "huge" };
    valueOf(await store.change({ ...changeOf(), definitions: [DEFINITION, huge] }));
    await place.query(
      "UPDATE kubiya_definition SET presented_ms = 9007199254740993 WHERE tool = 'huge'",
    );
    assert.deepEqual(valueOf(await store.definitions()), [DEFINITION]);
  });
}

function counters(makePlace: MakePlace): void {
  test("the epoch is another after each change and each ended session, and after nothing else", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    const epochs = [valueOf(await store.epoch())];
    const moves = async (work: () => Promise<unknown>): Promise<void> => {
      await work();
      const epoch = valueOf(await store.epoch());
      assert.ok(!epochs.includes(epoch), String(work));
      epochs.push(epoch);
    };
    const stays = async (work: () => Promise<unknown>): Promise<void> => {
      await work();
      assert.equal(valueOf(await store.epoch()), epochs.at(-1), String(work));
    };
    await moves(() => store.change(changeOf(KEY)));
    await stays(() => store.change(changeOf(KEY)));
    await stays(() => openSession(store, SESSION, 0));
    await stays(() => store.refreshSession({ ...SESSION, used_ms: NOON + 1 }));
    await stays(() => store.used(KEY.id, NOON));
    await stays(() => store.highWater(NOON));
    await moves(() => store.change({ ...changeOf(), endSessionsOf: [KEY.id] }));
    await stays(() => openSession(store, SESSION, 0));
    await moves(() => endSession(store, SESSION.id));
    await stays(() => endSession(store, SESSION.id));
    await moves(() => store.change(changeOf({ ...KEY, revision: 2 })));
    await moves(() => store.change({ ...changeOf(), freeze: FREEZE }));
    await moves(() => store.change({ ...changeOf(), freeze: "lifted" }));
    await moves(() => store.change({ ...changeOf(), definitions: [DEFINITION] }));
  });

  test("the high-water mark is the highest time that anybody told", async (context) => {
    const place = await makePlace(context);
    const [one, two] = [await storeIn(context, place), await storeIn(context, place)];
    assert.equal(valueOf(await one.highWater(NOON)), NOON);
    assert.equal(valueOf(await two.highWater(NOON - 1)), NOON);
    assert.equal(valueOf(await two.highWater(NOON + 1)), NOON + 1);
    assert.equal(valueOf(await one.highWater(0)), NOON + 1);
  });
}

function opening(makePlace: MakePlace): void {
  test("two that have the same store open see each other's changes", async (context) => {
    const place = await makePlace(context);
    const [one, two] = [await storeIn(context, place), await storeIn(context, place)];
    valueOf(await one.change(changeOf(KEY)));
    assert.deepEqual(valueOf(await two.credential(KEY.id))?.row, KEY);
    valueOf(await openSession(two, SESSION, 0));
    assert.deepEqual(valueOf(await one.sessions({ nowMs: NOON })), [SESSION]);
    valueOf(await two.change(changeOf({ ...KEY, revision: 2 })));
    assert.deepEqual(await one.change(changeOf({ ...KEY, revision: 2 })), CONFLICT);
    assert.deepEqual(await endSession(one, SESSION.id), DONE);
    assert.deepEqual(valueOf(await two.session(SESSION.id)), null);
  });

  test("calls at the same time on one handle do not get into each other's transactions", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    const ids = Array.from({ length: 20 }, (_, at) => String(at).padStart(16, "0"));
    const made = ids.map((id) => store.change(changeOf({ ...KEY, id }, { ...KEY, id })));
    const kept = ids.map((id) => openSession(store, { ...SESSION, id }, 0));
    assert.deepEqual(
      await Promise.all(made),
      ids.map(() => CONFLICT),
    );
    assert.equal((await Promise.all(kept)).filter(({ ok }) => ok).length, 1);
    assert.deepEqual(valueOf(await store.credentials()).rows, []);
  });

  test("what was stored is there when it is opened again", async (context) => {
    const place = await makePlace(context);
    const before = valueOf(await open(place));
    valueOf(await before.change(changeOf(KEY)));
    valueOf(await before.used(KEY.id, NOON));
    valueOf(await openSession(before, SESSION, 0));
    valueOf(await before.highWater(NOON));
    await before.close();
    const store = await storeIn(context, place);
    assert.deepEqual(valueOf(await store.credentials()).rows, [{ row: KEY, last_used_ms: NOON }]);
    assert.deepEqual(valueOf(await store.session(SESSION.id)), SESSION);
    assert.equal(valueOf(await store.highWater(0)), NOON);
    assert.deepEqual(await place.query("SELECT version FROM kubiya_schema"), [
      { version: 1 },
      { version: 2 },
      { version: 3 },
      { version: 4 },
      { version: 5 },
    ]);
  });

  test("a store of the first version is brought forward: its keys are there, its sessions have no seal", async (context) => {
    const place = await makePlace(context);
    const before = valueOf(await open(place));
    valueOf(await before.change(changeOf(KEY)));
    valueOf(await openSession(before, SESSION, 0));
    await before.close();
    await place.query("ALTER TABLE kubiya_session DROP COLUMN mac");
    await place.query("DROP TABLE kubiya_alert");
    await place.query("DROP TABLE kubiya_freeze");
    await place.query("DROP TABLE kubiya_definition");
    await place.query("DELETE FROM kubiya_schema WHERE version > 1");
    const store = await storeIn(context, place);
    assert.deepEqual(valueOf(await store.credential(KEY.id))?.row, KEY);
    assert.deepEqual(valueOf(await store.session(SESSION.id)), { ...SESSION, mac: "" });
  });

  test("a store that is closed answers with a failure, and can be closed again", async (context) => {
    const store = await storeIn(context, await makePlace(context));
    await store.close();
    failureOf(await store.credential(KEY.id));
    failureOf(await store.change(changeOf(KEY)));
    await store.close();
  });

  test("a schema of a newer version is refused, and left as it is", async (context) => {
    const place = await makePlace(context);
    await valueOf(await open(place)).close();
    await place.query("INSERT INTO kubiya_schema (version) VALUES (99)");
    const { detail } = failureOf(await open(place));
    assert.equal(
      detail,
      "cannot use the store: its schema is version 99, and this program knows 5; " +
        "run the newer program that wrote it, or a later one",
    );
  });
}
