import assert from "node:assert/strict";
import { test } from "node:test";
import type { Order } from "../../src/credential/types.ts";
import type { Denial } from "../../src/enforcement/types.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import { createSecret, type Secret } from "../../src/lib/secret.ts";
import { unproven } from "../../src/principal/caller.ts";
import type { Caller, Presented } from "../../src/principal/types.ts";
import { createProcessSession, type ProcessSession } from "../../src/server/process-session.ts";
import {
  ALLOWED,
  CIRCUMSTANCES,
  decideWith,
  deniedWith,
  NOON,
  snapshotOf,
  toolboxOf,
} from "../support/world.ts";

const { caller: _, ...REST } = CIRCUMSTANCES;
const SNAPSHOT = snapshotOf(
  toolboxOf(["kubectl"], async () => assert.fail("nothing runs")),
  decideWith(ALLOWED),
);
const OVER = { reason: "denied", decision: deniedWith("session.expired") } as const;

interface Process {
  readonly session: ProcessSession;
  readonly orders: Order[];
  readonly presented: Presented[];
  /** Enters once more, and gives the session that the caller then has. */
  readonly enter: () => Promise<Outcome<string | null, Denial>>;
}

/** A process whose configuration has no credential, until it is read anew. */
function start(
  idleMs: number | null,
  refusal: Denial | null = null,
  kind: "key" | "session" = "key",
): Process {
  const orders: Order[] = [];
  const presented: Presented[] = [];
  const session = createProcessSession({
    enforcement: {
      manage: async (_arrived, order) => {
        orders.push(order);
        if (refusal !== null) return failed(refusal);
        const row = { id: `s${orders.length}`, credential: "k1", user: "ada", ...TIMES, mac: "" };
        return done({
          ...{ atMs: 0, made: null, opened: row, credentials: [] },
          unreadable: 0,
          sessions: [],
        });
      },
    },
    authenticate: async (given) => {
      presented.push(given);
      return callerOf(kind, given.session);
    },
    credential: async () => createSecret("read anew"),
    idleMs: () => idleMs,
    clock: () => NOON,
  });
  const enter = async (): Promise<Outcome<string | null, Denial>> => {
    const entered = await session.enter(SNAPSHOT, REST);
    return entered.ok ? done(entered.value.circumstances.caller.session?.id ?? null) : entered;
  };
  return { session, orders, presented, enter };
}

const TIMES = { started_ms: 0, used_ms: 0, idle_ms: 1_000, absolute_ms: 5_000 };

function callerOf(kind: "key" | "session", session: string | null): Caller {
  const { principal, credential } = unproven("unknown");
  return {
    principal: { ...principal, kind: "user", id: "ada" },
    credential: { ...credential, status: "verified", id: "k1", kind },
    replaced_by: null,
    session: session === null ? null : { id: session, credential: "k1", ...TIMES },
  };
}

function text(credential: Secret | null | undefined): string | null {
  return credential?.reveal() ?? null;
}

test("the process is one session: it is opened with the first request and named in all", async () => {
  const { enter, orders } = start(1_000);
  assert.deepEqual(await enter(), done("s1"));
  assert.deepEqual(await enter(), done("s1"));
  assert.deepEqual(orders, [
    { do: "open_session", of: { credential: "k1", user: "ada", idle_ms: 1_000 } },
  ]);
});

test("several first requests at once open one session", async () => {
  const { enter, orders } = start(1_000);
  assert.deepEqual(await Promise.all([enter(), enter(), enter()]), [
    done("s1"),
    done("s1"),
    done("s1"),
  ]);
  assert.equal(orders.length, 1);
});

test("where there are no sessions none is opened", async () => {
  const { enter, orders } = start(null);
  assert.deepEqual(await enter(), done(null));
  assert.deepEqual(orders, []);
});

test("for a session that is the credential none is opened", async () => {
  const { enter, orders } = start(1_000, null, "session");
  await enter();
  assert.deepEqual(orders, []);
});

test("a session that is over is forgotten: the credential is read anew, and the next request opens another", async () => {
  const { session, enter, presented } = start(1_000);
  await enter();
  session.refused(OVER);
  assert.deepEqual(await enter(), done("s2"));
  assert.deepEqual(
    presented.map(({ credential, session: named }) => [text(credential), named]),
    [
      [null, null],
      [null, "s1"],
      ["read anew", null],
      ["read anew", "s2"],
    ],
  );
});

test("a credential that is over is read anew, as somebody may have replaced it", async () => {
  const { session, enter, presented } = start(null);
  await enter();
  session.refused({ reason: "denied", decision: deniedWith("credential.expired") });
  await enter();
  assert.equal(text(presented.at(-1)?.credential), "read anew");
});

test("the session ends with its process, and where there is none nothing is ended", async () => {
  const { session, enter, orders } = start(1_000);
  await session.end();
  await enter();
  await session.end();
  assert.deepEqual(orders.slice(1), [{ do: "close_session", id: "s1" }]);
});

test("another refusal ends no session", async () => {
  const { session, enter } = start(1_000);
  await enter();
  session.refused({ reason: "denied", decision: deniedWith("permissions.missing") });
  assert.deepEqual(await enter(), done("s1"));
});

test("a session that is refused is the answer to the request", async () => {
  const refusal = { reason: "denied", decision: deniedWith("session.too_many") } as const;
  const { enter } = start(1_000, refusal);
  assert.deepEqual(await enter(), failed(refusal));
});
