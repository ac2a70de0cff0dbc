// What somebody achieves with the records of sessions who can write the store and has not the pepper.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessions, type Sessions } from "../../src/credential/sessions.ts";
import { KEY, type Keys, made, must, withKeys } from "./keyring.ts";
import { NOON } from "./world.ts";

const IDLE_MS = 60_000;

/** A session of a key, of both kinds, with what keeps sessions. */
const KINDS: readonly (readonly [string, (keys: Keys) => Promise<string>])[] = [
  [
    "is a credential",
    async ({ carryOut }) => {
      const parent = made(await carryOut({ do: "create", wanted: KEY })).row.id;
      const wanted = { ...KEY, kind: "session", parent, idle_ms: IDLE_MS } as const;
      return made(await carryOut({ do: "create", wanted })).row.id;
    },
  ],
  [
    "is named beside its credential",
    async ({ carryOut }) => {
      const { id, user } = made(await carryOut({ do: "create", wanted: KEY })).row;
      const of = { credential: id, user, idle_ms: IDLE_MS };
      const { opened } = await carryOut({ do: "open_session", of });
      return opened?.id ?? assert.fail("no session was opened");
    },
  ],
];

function sessionsOf({ store, peppers }: Keys): { sessions: Sessions; said: string[] } {
  const said: string[] = [];
  const silent = (): void => {};
  const log = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (line: string) => said.push(line),
  };
  return { sessions: createSessions({ store, peppers, log }), said };
}

const CHANGES = [
  "used_ms = used_ms + 1",
  "started_ms = started_ms + 1",
  "idle_ms = idle_ms * 10",
  "absolute_ms = absolute_ms * 10",
  `credential = 'another'`,
  `"user" = 'root'`,
  "mac = ''",
] as const;

for (const [kind, open] of KINDS) {
  test(`a session that ${kind} is kept alive by its use, again and again`, () =>
    withKeys(async (keys) => {
      const id = await open(keys);
      const { sessions, said } = sessionsOf(keys);
      const times = [NOON + 1, NOON + 3, NOON + 2];
      for (const at of times) assert.deepEqual(await sessions.refreshSession(id, at), OK);
      const found = must(await sessions.session(id));
      assert.deepEqual([found?.used_ms, found?.idle_ms, said], [NOON + 3, IDLE_MS, []]);
    }));

  for (const change of CHANGES) {
    test(`a session that ${kind} and was changed in the store (${change}) is nobody's, and never sealed anew`, () =>
      withKeys(async (keys) => {
        const id = await open(keys);
        const { sessions, said } = sessionsOf(keys);
        keys.sql(`UPDATE kubiya_session SET ${change}`);
        assert.equal(must(await sessions.session(id)), null);
        assert.deepEqual(await sessions.refreshSession(id, NOON + 5), OK);
        assert.equal(must(await sessions.session(id)), null);
        assert.deepEqual(
          said,
          Array.from({ length: 3 }, () => "a stored session was changed outside"),
        );
      }));
  }
}

test("a session is not handed on under another id", () =>
  withKeys(async (keys) => {
    await KINDS[1]?.[1](keys);
    const { sessions } = sessionsOf(keys);
    keys.sql("UPDATE kubiya_session SET id = 'planted'");
    assert.equal(must(await sessions.session("planted")), null);
  }));

test("an older record of a session that is put back takes its use back, and no limit further", () =>
  withKeys(async (keys) => {
    const [, open] = KINDS[1] ?? assert.fail();
    const id = await open(keys);
    const { sessions } = sessionsOf(keys);
    const before = must(await sessions.session(id));
    keys.sql("CREATE TABLE copy AS SELECT * FROM kubiya_session");
    must(await sessions.refreshSession(id, NOON + 5));
    await keys.carryOut({ do: "end_session", id });
    keys.sql("DELETE FROM kubiya_session; INSERT INTO kubiya_session SELECT * FROM copy");
    assert.deepEqual(must(await sessions.session(id)), before);
  }));

const OK = { ok: true, value: undefined };
