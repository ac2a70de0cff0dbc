import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAtRunners } from "../../src/runners/look.ts";
import { clientFor, refusing } from "../kubiya/world.ts";
import { type Behaviour, json, OPERATORS_KEY, withCloud } from "../support/cloud.ts";
import { configIn, folderFor, kubiya } from "../support/server.ts";
import { FAULT, run } from "./host.ts";

/** The cloud's own list: one runner that is healthy, and one of which it says nothing. */
const says =
  (health: unknown): Behaviour =>
  (request, response) => {
    if (request.url === "/api/v3/runners") {
      return json(response, 200, [{ name: "far\u001b[31m", gateway_password: "canary" }]);
    }
    return json(response, health === null ? 404 : 200, health);
  };

/** What the cloud does, the command, its answer, its remarks, and its exit code. */
const ANSWERS: readonly (readonly [string, Behaviour, string, RegExp, RegExp, number])[] = [
  ["has one", says(null), "list", /^NAME +KIND\nlocal +local\nfar\\u001b\[31m +kubiya\n$/, /^$/, 0],
  [
    "has a healthy one",
    says({ status: "OK" }),
    "health",
    /^NAME.*\nlocal +local +healthy +-\nfar\S+ +kubiya +healthy +OK\n$/,
    /^$/,
    0,
  ],
  [
    "has one that is down",
    says({ status: "down" }),
    "health",
    /far\S+ +kubiya +unhealthy +down\n$/,
    /^$/,
    0,
  ],
  [
    "does not know how one is",
    says(null),
    "health",
    /far\S+ +kubiya +unknown +-\n$/,
    /^the Kubiya cloud: far.*it answers 404 to GET \/api\/v3\/runners\//,
    4,
  ],
  [
    "has another opinion of the key",
    refusing(403),
    "list",
    /^NAME +KIND\nlocal +local\n$/,
    /^the Kubiya cloud: it answers 403 to GET \/api\/v3\/runners \(.*`api_key`/,
    4,
  ],
  ["is broken", refusing(500), "health", /local +healthy +-\n$/, /answers 500/, 4],
];

for (const [what, behaviour, words, answer, remark, code] of ANSWERS) {
  test(`runners ${words} with a cloud that ${what}`, () =>
    withCloud(async (cloud) => {
      cloud.always(behaviour);
      const client = clientFor(cloud).kubiya;
      const ran = await run(["runners", words], {
        lookAtRunners: (_config, about) => lookAtRunners(client, about),
      });
      assert.match(ran.stdout, answer);
      assert.match(ran.stderr, remark);
      assert.doesNotMatch(ran.stdout + ran.stderr, /canary|\u001b|operators-own/);
      assert.equal(ran.code, code);
    }));
}

test("runners list asks nobody how a runner is", () =>
  withCloud(async (cloud) => {
    const { runners } = await lookAtRunners(clientFor(cloud).kubiya, "names");
    assert.deepEqual(
      runners.map(({ name }) => name),
      ["local", "kubiya-hosted", "on-premises"],
    );
    assert.deepEqual(
      cloud.asked.map(({ url }) => url),
      ["/api/v3/runners"],
    );
  }));

test("without a cloud this machine is all that there is", async () => {
  const ran = await run(["runners", "health", "--json"], {
    lookAtRunners: (_config, about) => lookAtRunners(null, about),
  });
  assert.deepEqual(JSON.parse(ran.stdout), [
    { name: "local", kind: "local", healthy: true, status: null },
  ]);
  assert.match(ran.stderr, /no cloud is asked: set `kubiya`/);
  assert.equal(ran.code, 0);
});

test("with a configuration that cannot be read nobody is asked", async () => {
  const ran = await run(["runners", "list"], {
    faults: [FAULT],
    lookAtRunners: async () => assert.fail("the cloud was asked"),
  });
  assert.equal(ran.code, 3);
  assert.equal(ran.stdout, "");
});

test("the whole program asks the cloud with the key of its configuration", async (context) => {
  const folder = await folderFor(context);
  await withCloud(async (cloud) => {
    const config = await configIn(folder, { kubiya: { base_url: `${cloud.url}/api/v1` } });
    const ran = await kubiya(["runners", "health", "--config", config, "--json"], {
      env: { KUBIYA_API_KEY: OPERATORS_KEY },
    });
    assert.deepEqual(JSON.parse(ran.stdout), [
      { name: "local", kind: "local", healthy: true, status: null },
      { name: "kubiya-hosted", kind: "kubiya", healthy: null, status: null },
      { name: "on-premises", kind: "kubiya", healthy: true, status: "Ready" },
    ]);
    assert.equal(ran.code, 4);
    assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
  });
});
