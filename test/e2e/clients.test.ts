// What the clients of both SDKs make of a credential that holds, and of one that does not: a person sees their
// error, not our status.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  Client,
  InsufficientScopeError,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import {
  StreamableHTTPClientTransport as OldTransport,
  StreamableHTTPError,
} from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { listen } from "../support/http.ts";
import { idOf, type Keyring, withKeyring } from "../support/keys.ts";
import { folderFor, recordsIn } from "../support/server.ts";

/** A client that is connected, whatever its SDK. */
interface Connected {
  readonly session: string | undefined;
  readonly list: () => Promise<unknown>;
  readonly call: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** Headers that a client sends with each request, and the session that it takes up instead of a new one. */
interface Given {
  readonly headers: Readonly<Record<string, string>>;
  readonly sessionId?: string;
}

type Connect = (url: string, given: Given) => Promise<Connected>;

const CALL = { name: "greet", arguments: { who: "ada" } };

const connectOld: Connect = async (url, { headers, ...session }) => {
  const client = new OldClient({ name: "old", version: "1" });
  const options = { requestInit: { headers }, ...session };
  const transport = new OldTransport(new URL(`${url}/mcp`), options);
  await client.connect(transport);
  return {
    session: transport.sessionId,
    list: () => client.listTools(),
    call: () => client.callTool(CALL),
    close: () => client.close(),
  };
};

const connectNew =
  (mode: "legacy" | "auto" | { readonly pin: string }): Connect =>
  async (url, { headers, ...session }) => {
    const client = new Client({ name: "new", version: "2" }, { versionNegotiation: { mode } });
    const options = { requestInit: { headers }, ...session };
    const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), options);
    await client.connect(transport);
    return {
      session: transport.sessionId,
      list: () => client.listTools(),
      call: () => client.callTool(CALL),
      close: () => client.close(),
    };
  };

/** A client, and how it says that it was refused. */
interface Kind {
  readonly what: string;
  readonly connect: Connect;
  readonly era: "legacy" | "modern";
  readonly error: Thrown["error"];
  /** The same for a permission that is missing. */
  readonly lacking: Pick<Thrown, "error" | "status">;
}

const OLD = {
  error: "StreamableHTTPError",
  lacking: { error: "StreamableHTTPError", status: 403 },
} as const;
const NEW = {
  error: "SdkHttpError",
  lacking: { error: "InsufficientScopeError", status: undefined },
} as const;

const CLIENTS: readonly Kind[] = [
  {
    what: "the client of the older SDK",
    ...{ connect: connectOld, era: "legacy", ...OLD },
  },
  {
    what: "the client of the 2.x SDK, legacy",
    ...{ connect: connectNew("legacy"), era: "legacy", ...NEW },
  },
  {
    what: "the client of the 2.x SDK, which finds out the era",
    ...{ connect: connectNew("auto"), era: "modern", ...NEW },
  },
  {
    what: "the client of the 2.x SDK, modern",
    ...{ connect: connectNew({ pin: "2026-07-28" }), era: "modern", ...NEW },
  },
];

/** What a client threw. */
interface Thrown {
  readonly error: "StreamableHTTPError" | "SdkHttpError" | "InsufficientScopeError";
  readonly status: number | undefined;
  readonly message: string;
}

async function thrownBy(work: Promise<unknown>): Promise<Thrown> {
  const thrown: unknown = await work.then(
    () => assert.fail("nothing was thrown"),
    (reason: unknown) => reason,
  );
  if (thrown instanceof StreamableHTTPError) {
    return { error: "StreamableHTTPError", status: thrown.code, message: thrown.message };
  }
  if (thrown instanceof SdkHttpError) {
    return { error: "SdkHttpError", status: thrown.status, message: thrown.message };
  }
  if (thrown instanceof InsufficientScopeError) {
    return { error: "InsufficientScopeError", status: undefined, message: thrown.message };
  }
  throw thrown;
}

/** A credential that lets nobody in, and what is said of it. */
interface Refused {
  readonly what: string;
  readonly headers: (keyring: Keyring) => Promise<Readonly<Record<string, string>>>;
  readonly says: RegExp;
}

const bearer = (text: string): Readonly<Record<string, string>> => ({
  Authorization: `Bearer ${text}`,
});

/** What nobody gets a connection with. */
const REFUSED: readonly Refused[] = [
  {
    what: "no credential",
    headers: async () => ({}),
    says: /Authentication failed: No credential was given/,
  },
  {
    what: "a token that has expired",
    headers: async ({ make }) => {
      const parent = idOf(await make());
      return bearer(await make({ kind: "token", user: null, parent, lifetime_ms: 1 }));
    },
    says: /Token expired: The credential has expired/,
  },
  {
    what: "a key that was revoked",
    headers: async ({ make, revoke }) => {
      const key = await make();
      await revoke("key", key);
      return bearer(key);
    },
    says: /Token revoked: The credential was revoked/,
  },
];

/** A modern client of the SDK keeps our words for itself while it finds out what the server is. */
const NEGOTIATION = /^Version negotiation failed: the server requires authorization \(HTTP 401\)$/;

const HELLO = /hello ada/;

/** A server with its keyring; clients that are `closing` are closed when the test ends. */
interface Served extends Keyring {
  readonly url: string;
  readonly state: string;
  readonly closing: (client: Connected) => Connected;
}

const STORIES: Readonly<Record<string, (kind: Kind, served: Served) => Promise<void>>> = {
  "calls with a key and with its token, until the key is revoked": async (
    { connect, era, error },
    { url, make, revoke, closing },
  ) => {
    const key = await make();
    const token = await make({ kind: "token", user: null, parent: idOf(key) });
    const clients = [
      closing(await connect(url, { headers: bearer(key) })),
      closing(await connect(url, { headers: bearer(token) })),
    ];
    for (const client of clients) {
      assert.equal(client.session === undefined, era === "modern");
      assert.match(JSON.stringify(await client.list()), /"greet"/);
      assert.match(JSON.stringify(await client.call()), HELLO);
    }
    await revoke("key", key);
    for (const ask of clients.flatMap(({ list, call }) => [list, call])) {
      const thrown = await thrownBy(ask());
      assert.deepEqual([thrown.error, thrown.status], [error, 401]);
      assert.match(thrown.message, /Token revoked: The credential was revoked/);
    }
  },

  "gets no connection with what does not hold, and says why": async (
    { connect, era, error },
    { url, ...keyring },
  ) => {
    for (const { what, headers, says } of REFUSED) {
      const thrown = await thrownBy(connect(url, { headers: await headers(keyring) }));
      assert.deepEqual([thrown.error, thrown.status], [error, 401], what);
      assert.match(thrown.message, era === "modern" ? NEGOTIATION : says, what);
    }
  },

  "learns which permission a call lacks": async ({ connect, lacking }, { url, make, closing }) => {
    const headers = bearer(await make({ permissions: ["tools:list"] }));
    const client = closing(await connect(url, { headers }));
    assert.match(JSON.stringify(await client.list()), /"greet"/);
    const { message, ...thrown } = await thrownBy(client.call());
    assert.deepEqual(thrown, lacking);
    assert.match(message, /tools:execute/);
  },

  "gains nothing by the session of another credential": async (
    { connect, era, error },
    { url, state, make, closing },
  ) => {
    const victim = closing(await connectOld(url, { headers: bearer(await make()) }));
    const sessionId = victim.session ?? assert.fail("no session");
    const own = bearer(await make({ user: "thief" }));
    if (era === "legacy") {
      const thief = closing(await connect(url, { headers: own, sessionId }));
      const thrown = await thrownBy(thief.call());
      assert.deepEqual([thrown.error, thrown.status], [error, 404]);
      assert.match(thrown.message, /Session expired: The session has ended/);
    } else {
      // There a session that is named means nothing: who calls is who holds the credential.
      const headers = { ...own, "mcp-session-id": sessionId };
      const thief = closing(await connect(url, { headers }));
      assert.match(JSON.stringify(await thief.call()), HELLO);
    }
    const ran = (await recordsIn(state)).filter(
      ({ action, result }) => action === "execute_tool" && result === "success",
    );
    const asThief = ran.filter(({ user_id: user }) => user === "thief");
    assert.equal(asThief.length, era === "legacy" ? 0 : 1);
    assert.match(JSON.stringify(await victim.call()), HELLO);
  },
};

for (const kind of CLIENTS) {
  test(kind.what, async (context) => {
    const folder = await folderFor(context);
    const state = join(folder, "state");
    const { url } = await listen(context, folder, { require_auth: true });
    await withKeyring(state, async (keyring) => {
      for (const [story, tell] of Object.entries(STORIES)) {
        await context.test(`${kind.what} ${story}`, (inner) => {
          const closing: Served["closing"] = (client) => {
            inner.after(() => client.close());
            return client;
          };
          return tell(kind, { url, state, closing, ...keyring });
        });
      }
    });
  });
}
