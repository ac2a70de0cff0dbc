// What a key is used for after it was rotated, in the audit trail of the real program.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { GREET, greet, listen } from "../support/http.ts";
import { idOf, withKeyring } from "../support/keys.ts";
import { callText, configIn, connect, folderFor, recordsIn } from "../support/server.ts";

type Use = (credential: string) => Promise<void>;

/** A call with each: a key that was rotated, its token, its successor, and what is recorded of whom. */
async function holdTo(state: string, use: Use): Promise<void> {
  await withKeyring(state, async ({ make, rotate }) => {
    const old = await make();
    const token = await make({ kind: "token", permissions: null, parent: idOf(old) });
    await use(old);
    const fresh = await rotate(old);
    for (const credential of [old, token, fresh]) await use(credential);
    const records = await recordsIn(state);
    const calls = records.filter(({ action }) => action === "execute_tool");
    const told = calls.map(({ phase, credential_id: id, credential_replaced_by: by }) => [
      phase,
      id,
      by,
    ]);
    const both = (text: string, by: string | null): readonly unknown[] => [
      ["intent", idOf(text), by],
      ["outcome", idOf(text), by],
    ];
    assert.deepEqual(
      told.toSorted((a, b) => String(a).localeCompare(String(b))),
      [
        ...both(old, null),
        ...both(old, idOf(fresh)),
        ...both(token, idOf(fresh)),
        ...both(fresh, null),
      ].toSorted((a, b) => String(a).localeCompare(String(b))),
    );
  });
}

test("over HTTP the use of a key that was rotated is recorded as that, and names its successor", async (context) => {
  const folder = await folderFor(context);
  const { url } = await listen(context, folder, { require_auth: true });
  await holdTo(join(folder, "state"), async (credential) => {
    assert.match((await greet(url, credential)).text, /hello ada/);
  });
});

test("over stdio the use of a key that was rotated is recorded as that, and names its successor", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [GREET], require_auth: true });
  await holdTo(join(folder, "state"), async (credential) => {
    const client = await connect(context, ["--config", config], { KUBIYA_AUTH_TOKEN: credential });
    assert.equal((await callText(client, "greet", { who: "ada" })).text, "hello ada\n");
    await client.close();
  });
});
