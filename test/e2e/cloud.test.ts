// Keys of the Kubiya cloud as callers of the whole program: over HTTP and stdio, granted, denied, unknown,
// revoked, and while nobody can say.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { cloudKey, type Cloud, json, OPERATORS_KEY, withCloud } from "../support/cloud.ts";
import { GREET, greet, GREETING, listen } from "../support/http.ts";
import { keyIn } from "../support/keys.ts";
import { configIn, folderFor, kubiya, recordsIn, until } from "../support/server.ts";
import { refusing } from "../kubiya/world.ts";

const KEYS = {
  may_call: ["kby_the-key-of-ada", cloudKey("ada@example", ["tasks:execute"])],
  may_not_call: ["uk_the-key-of-bob", cloudKey("bob@example", ["agents:read", "made-up"])],
  has_no_scope: ["uk_the-key-of-carl", cloudKey("carl@example", [])],
  is_a_strangers: ["uk_the-key-of-mallory", cloudKey("mallory@evil", ["admin"], "evil")],
  is_over: [
    "kb-the-key-of-eve",
    {
      validate: { valid: true, key_id: "k3", org_id: "acme", expires_at: "2020-01-01T00:00:00Z" },
      me: { email: "eve@example", scopes: ["admin"] },
    },
  ],
} as const;

/** Whether something was about to run. */
function isCall({ action, result }: Readonly<Record<string, unknown>>): boolean {
  return action === "execute_tool" && result === "pending";
}

function called(records: readonly Readonly<Record<string, unknown>>[]): number {
  return records.filter(isCall).length;
}

/** What was asked with another key than the server's own, which it also asks for itself with. */
function presentedTo({ asked }: Cloud): Cloud["asked"] {
  return asked.filter(({ headers }) => headers.authorization !== `UserKey ${OPERATORS_KEY}`);
}

async function serverFor(context: TestContext, cloud: Cloud, config: object = {}) {
  for (const [text, told] of Object.values(KEYS)) cloud.keys.set(text, told);
  const folder = await folderFor(context);
  const kubiyaSetting = { base_url: `${cloud.url}/api/v1` };
  const server = await listen(context, folder, {
    require_auth: true,
    api_key: OPERATORS_KEY,
    kubiya: kubiyaSetting,
    ...config,
  });
  return { ...server, state: join(folder, "state") };
}

/** Which key, the status and what the answer has. */
const HTTP = [
  [KEYS.may_call[0], 200, /hello ada/],
  [KEYS.may_not_call[0], 403, /-32053.*permissions\.missing/s],
  [KEYS.has_no_scope[0], 403, /-32053.*permissions\.missing/s],
  [KEYS.is_over[0], 401, /-32051.*credential\.expired/s],
  [KEYS.is_a_strangers[0], 401, /-32051.*credential\.unknown/s],
  ["uk_a-key-of-nobody", 401, /-32051.*credential\.unknown/s],
] as const;

test("over HTTP a cloud key may what its scopes stand for, and nothing else runs", (context) =>
  withCloud(async (cloud) => {
    const server = await serverFor(context, cloud);
    for (const [key, status, says] of HTTP) {
      const answer = await greet(server.url, key);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.text, says);
      assert.equal(answer.text.includes("hello ada"), status === 200);
    }
    const records = await recordsIn(server.state);
    const ran = records.filter(isCall);
    assert.deepEqual(
      ran.map(({ user_id, auth_method, credential_id }) => [user_id, auth_method, credential_id]),
      [["ada@example", "cloud", "cloud:key-of-ada@example"]],
    );
    for (const [key] of HTTP) {
      assert.equal(`${JSON.stringify(records)}${server.stderr()}`.includes(key), false);
    }
  }));

test("over HTTP a cloud that cannot be asked is 503, nothing runs, and a key of this server is served", (context) =>
  withCloud(async (cloud) => {
    const server = await serverFor(context, cloud);
    cloud.always(refusing(500));
    const answer = await greet(server.url, KEYS.may_call[0]);
    assert.equal(answer.status, 503);
    assert.match(answer.text, /-32054.*credential\.unverifiable/s);
    assert.doesNotMatch(answer.text, /hello/);
    assert.match(server.stderr(), /GET \/api\/v1\/auth\/(?:validate|me)/);
    const asked = presentedTo(cloud).length;
    assert.match((await greet(server.url, await keyIn(server.state))).text, /hello ada/);
    assert.equal(presentedTo(cloud).length, asked);
    const records = await recordsIn(server.state);
    assert.equal(called(records), 1);
  }));

test("credentials of this server, whole or not, never reach the cloud", (context) =>
  withCloud(async (cloud) => {
    const server = await serverFor(context, cloud);
    const key = await keyIn(server.state);
    for (const text of [key, key.slice(0, -1), `${key.slice(0, -1)}!`, `'${key}'`, "kbs_x"]) {
      await greet(server.url, text);
    }
    assert.deepEqual(presentedTo(cloud), []);
  }));

test("where the server has no key of the cloud no credential goes there, whatever its section says", (context) =>
  withCloud(async (cloud) => {
    const server = await serverFor(context, cloud, { api_key: "kbk_of-the-server" });
    const answer = await greet(server.url, KEYS.may_call[0]);
    assert.equal(answer.status, 401);
    assert.match(answer.text, /credential\.unknown/);
    assert.match(
      server.stderr(),
      /one of the cloud as `api_key` to let in those of its organi[sz]ation/,
    );
    assert.deepEqual(presentedTo(cloud), []);
    assert.equal(called(await recordsIn(server.state)), 0);
  }));

test("while the cloud has no word on the server's own key nobody else's is let in, and the log says so", (context) =>
  withCloud(async (cloud) => {
    const server = await serverFor(context, cloud);
    cloud.keys.delete(OPERATORS_KEY);
    const answer = await greet(server.url, KEYS.may_call[0]);
    assert.equal(answer.status, 503);
    assert.match(answer.text, /-32054.*credential\.unverifiable/s);
    assert.match(server.stderr(), /the server's own key is unknown in the cloud/);
    for (const key of [OPERATORS_KEY, KEYS.may_call[0]]) {
      assert.equal(`${answer.text}${server.stderr()}`.includes(key), false);
    }
    assert.equal(called(await recordsIn(server.state)), 0);
  }));

test("where nothing speaks of the cloud no credential goes there", (context) =>
  withCloud(async (cloud) => {
    const folder = await folderFor(context);
    const server = await listen(context, folder, { require_auth: true });
    assert.equal((await greet(server.url, KEYS.may_call[0])).status, 401);
    assert.match(server.stderr(), /keys of the Kubiya cloud are not asked about/);
    assert.deepEqual(presentedTo(cloud), []);
  }));

test("a cloud key opens a session of a legacy client, which ends with the key, and is exchanged for none", (context) =>
  withCloud(async (cloud) => {
    const server = await serverFor(context, cloud);
    const [key] = KEYS.may_call;
    const { transport, client } = await legacy(server.url, key);
    const greeted = await client.callTool({ name: "greet", arguments: { who: "ada" } });
    assert.match(JSON.stringify(greeted), /hello ada/);
    const headers = { authorization: `Bearer ${key}` };
    const exchanged = await fetch(`${server.url}/auth/session`, { method: "POST", headers });
    assert.equal(exchanged.status, 403);
    assert.match(await exchanged.text(), /keys\.exceeds_creator/);
    cloud.keys.delete(key);
    const asked = presentedTo(cloud).length;
    // Until what was remembered is asked about anew, and then never again.
    await until(async () => (await greet(server.url, key)).status === 401, 20_000);
    assert.ok(presentedTo(cloud).length > asked);
    await assert.rejects(client.callTool({ name: "greet", arguments: { who: "eve" } }));
    await transport.close();
    const ran = (await recordsIn(server.state)).filter(isCall);
    assert.deepEqual(
      [...new Set(ran.map(({ parameters }) => JSON.stringify(parameters)))],
      [JSON.stringify({ who: "ada" })],
    );
  }));

async function legacy(url: string, key: string) {
  const client = new OldClient({ name: "old", version: "1" });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  const transport = new OldTransport(new URL(`${url}/mcp`), { requestInit });
  await client.connect(transport);
  return { client, transport };
}

/** Which key, and what the one client on stdio is told. */
const STDIO = [
  [KEYS.may_call[0], /hello ada/],
  [KEYS.may_not_call[0], /"code":-32053.*permissions\.missing/],
  [KEYS.is_over[0], /"code":-32051.*credential\.expired/],
  ["uk_a-key-of-nobody", /"code":-32051.*credential\.unknown/],
  [OPERATORS_KEY, /hello ada/],
] as const;

test("on stdio the cloud key in KUBIYA_API_KEY is the caller", { concurrency: 2 }, (context) =>
  withCloud(async (cloud) => {
    for (const [text, told] of Object.values(KEYS)) cloud.keys.set(text, told);
    const folder = await folderFor(context);
    const config = await configIn(folder, { whitelisted_tools: [GREET], require_auth: true });
    const cells = STDIO.map(([key, says]) =>
      context.test(`with ${key.slice(0, 3)} of ${says}`, async () => {
        const ran = await kubiya(["mcp", "serve", "--config", config], {
          input: `${JSON.stringify(GREETING)}\n`,
          env: { KUBIYA_API_KEY: key, KUBIYA_BASE_URL: cloud.url },
        });
        assert.match(ran.stdout, says);
        assert.equal(`${ran.stdout}${ran.stderr}`.includes(key), false);
      }),
    );
    await Promise.all(cells);
    const records = await recordsIn(join(folder, "state"));
    assert.equal(called(records), 2);
  }),
);

test("on stdio a cloud that cannot be asked is -32054, and nothing runs", (context) =>
  withCloud(async (cloud) => {
    cloud.always(refusing(503));
    const folder = await folderFor(context);
    const config = await configIn(folder, { whitelisted_tools: [GREET] });
    const ran = await kubiya(["mcp", "serve", "--config", config], {
      input: `${JSON.stringify(GREETING)}\n`,
      env: { KUBIYA_API_KEY: KEYS.may_call[0], KUBIYA_BASE_URL: cloud.url },
    });
    assert.match(ran.stdout, /"code":-32054.*credential\.unverifiable/);
    const records = await recordsIn(join(folder, "state"));
    assert.equal(called(records), 0);
  }));

test("the doctor asks the cloud about the key that is for it, and shows no key", (context) =>
  withCloud(async (cloud) => {
    const folder = await folderFor(context);
    const config = await configIn(folder, {});
    const said = async (env: Readonly<Record<string, string>>) => {
      const ran = await kubiya(["mcp", "doctor", "--json", "--config", config], {
        env: { KUBIYA_BASE_URL: cloud.url, ...env },
      });
      assert.doesNotMatch(`${ran.stdout}${ran.stderr}`, /uk_/);
      const { checks } = JSON.parse(ran.stdout);
      const found = checks.find(({ check }: { readonly check: string }) => check === "cloud");
      return `${found.status}: ${found.message}`;
    };
    assert.match(await said({}), /^ok: there is no `api_key` for it/);
    assert.match(await said({ KUBIYA_API_KEY: OPERATORS_KEY }), /^ok: .*takes the server/);
    assert.match(
      await said({ KUBIYA_API_KEY: "uk_revoked-key" }),
      /^fail: .*not take the `api_key`/,
    );
    await said({ KUBIYA_API_KEY: "kbk_0123456789" });
    assert.equal(JSON.stringify(cloud.asked).includes("kbk_"), false);
    cloud.always(refusing(503));
    assert.match(await said({ KUBIYA_API_KEY: OPERATORS_KEY }), /^fail: .*answers 503/);
  }));

test("a status says of a cloud key whose it is, and of a cloud that is away that it cannot say", (context) =>
  withCloud(async (cloud) => {
    for (const [text, told] of Object.values(KEYS)) cloud.keys.set(text, told);
    const folder = await folderFor(context);
    const config = await configIn(folder, {});
    const status = () =>
      kubiya(["auth", "status", "--json", "--config", config], {
        env: { KUBIYA_API_KEY: KEYS.may_call[0], KUBIYA_BASE_URL: cloud.url },
      });
    const known = await status();
    assert.equal(known.code, 0, known.stderr);
    assert.partialDeepStrictEqual(JSON.parse(known.stdout), {
      ...{ kind: "cloud", id: "cloud:key-of-ada@example", user: "ada@example" },
      ...{ status: "active", expires_at: null, holds: true },
    });
    cloud.always((_request, response) => json(response, 200, []));
    const away = await status();
    assert.equal(away.code, 4);
    assert.match(away.stdout, /"unverifiable"/);
    assert.match(away.stderr, /GET \/api\/v1\/auth\/(?:validate|me).*it is no object/s);
  }));
