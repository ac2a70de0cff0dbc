// What every store promises to several processes at once, and to one that is killed.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { NOON } from "../support/world.ts";
import {
  changeOf,
  KEY,
  type MakePlace,
  saidBy,
  saidByFour,
  SESSION,
  startProcess,
  storeIn,
  valueOf,
} from "./place.ts";

/** Runs the tests on one implementation. */
export function processSuite(
  name: string,
  makePlace: MakePlace,
  skip: string | false = false,
): void {
  suite(`${name}, several processes`, { skip }, () => {
    test("four that open an empty store at once set it up once", async (context) => {
      const place = await makePlace(context);
      const said = await saidByFour(
        place,
        "say(failure?.detail ?? JSON.stringify(await store.credentials()));",
      );
      assert.deepEqual(
        said.map((lines) => lines.join()),
        Array(4).fill('{"ok":true,"value":{"rows":[],"unreadable":0}}'),
      );
      assert.deepEqual(await place.query("SELECT version FROM kubiya_schema"), [
        { version: 1 },
        { version: 2 },
        { version: 3 },
        { version: 4 },
        { version: 5 },
      ]);
    });

    test("four that change one row lose no change, and each moves the epoch", async (context) => {
      const place = await makePlace(context);
      const store = await storeIn(context, place);
      valueOf(await store.change(changeOf({ ...KEY, name: "0" })));
      const counter = "SELECT value FROM kubiya_counter WHERE name = 'epoch'";
      const [before] = await place.query(counter);
      assert.deepEqual((await saidByFour(place, COUNT)).flat(), []);
      const row = valueOf(await store.credential(KEY.id))?.row;
      assert.deepEqual(row, { ...KEY, name: "200", revision: 201 });
      assert.deepEqual(await place.query(counter), [{ value: Number(before?.["value"]) + 200 }]);
    });

    test("four that open sessions never get over the limit", async (context) => {
      const place = await makePlace(context);
      const store = await storeIn(context, place);
      const said = (await saidByFour(place, CROWD)).flat();
      assert.deepEqual([...new Set(said)], ["opened"]);
      assert.ok(said.length >= 200);
      assert.ok(valueOf(await store.sessions({ nowMs: NOON })).length <= 10);
      assert.equal(SESSION.started_ms, NOON);
    });

    test("one that is killed while it writes leaves a whole store", async (context) => {
      const place = await makePlace(context);
      const store = await storeIn(context, place);
      valueOf(await store.change(changeOf({ ...KEY, name: "0" })));
      for (let round = 0; round < 3; round += 1) {
        const child = startProcess(place, WITHOUT_END);
        let heard = 0;
        child.stdout?.on("data", () => {
          heard += 1;
          if (heard > 20) child.kill("SIGKILL");
        });
        const acknowledged = Number((await saidBy(child)).at(-1));
        const row = valueOf(await store.credential(KEY.id))?.row;
        assert.ok(row !== undefined && [0, 1].includes(row.revision - acknowledged));
        assert.equal(row.name, String(row.revision - 1));
        const next = { ...row, name: String(row.revision), revision: row.revision + 1 };
        valueOf(await (await storeIn(context, place)).change(changeOf(next)));
      }
    });
  });
}

const NEXT = `
  const next = async () => {
    const { row } = (await store.credential(KEY.id)).value;
    const revision = row.revision + 1;
    const changed = await store.change(changeOf({ ...row, name: String(row.revision), revision }));
    if (!changed.ok && changed.failure.reason !== "conflict") say(changed.failure.detail);
    return changed.ok ? revision : null;
  };`;

const COUNT = `${NEXT}
  for (let changed = 0; changed < 50;) {
    if ((await next()) !== null) changed += 1;
  }`;

const WITHOUT_END = `${NEXT}
  for (;;) say(String(await next()));`;

/** Opens fifty, and ends the oldest where there are ten; says what it opened, and what should not be. */
const CROWD = `
  const all = async () => {
    const found = await store.sessions({ credential: KEY.id, nowMs: SESSION.started_ms });
    if (!found.ok) say(found.failure.detail);
    if (found.value.length > 10) say("too many: " + found.value.length);
    return found.value;
  };
  for (let opened = 0; opened < 50;) {
    const seen = await all();
    if (seen.length === 10) {
      await endSession(store, seen[opened % 10].id);
      continue;
    }
    const id = process.pid + "-" + opened;
    const kept = await openSession(store, { ...SESSION, id }, seen.length);
    if (kept.ok) {
      opened += 1;
      say("opened");
    } else if (kept.failure.reason !== "conflict") say(kept.failure.detail);
  }
  await all();`;
