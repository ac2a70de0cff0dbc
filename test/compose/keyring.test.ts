import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { openKeyring } from "../../src/compose/keyring.ts";
import type { Order } from "../../src/credential/types.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import { createUuid } from "../../src/lib/uuid.ts";
import { KEY, made, must } from "../credential/keyring.ts";
import { folderFor } from "../support/server.ts";
import { CONFIG } from "../support/world.ts";

const silent = (): void => {};
const QUIET = { debug: silent, info: silent, warn: silent, error: silent };

test("a server never tells policies of a session that somebody else changed in its store", async (context) => {
  const folder = await folderFor(context);
  const parts = {
    ...{ newId: createUuid(Date.now), log: QUIET, useKey: () => {} },
    ...{ trusted: () => CONFIG, cloudScopes: {} },
  };
  const keyring = must(await openKeyring({ ...CONFIG, state_dir: folder }, parts));
  context.after(keyring.close);
  const { planDeed, perform, authenticate, clock } = keyring;
  const carryOut = async (order: Order) =>
    must(await perform(mintPermit("d", must(await planDeed(order, clock()))), clock()));
  const { row, secret: credential } = made(await carryOut({ do: "create", wanted: KEY }));
  const of = { credential: row.id, user: row.user, idle_ms: 60_000 };
  const { opened } = await carryOut({ do: "open_session", of });
  const session = opened?.id ?? assert.fail("no session was opened");
  assert.equal((await authenticate({ credential, session })).session?.id, session);
  const database = new DatabaseSync(join(folder, "store.sqlite"));
  database.exec("UPDATE kubiya_session SET idle_ms = idle_ms + 1");
  database.close();
  assert.equal((await authenticate({ credential, session })).session, null);
});
