import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, Kubiya } from "../../src/kubiya/types.ts";
import { json, OPERATORS_KEY, withCloud } from "../support/cloud.ts";
import { ASKING, clientFor, cutting, HANGING_UP, refusing, saying } from "./world.ts";

type Call = (kubiya: Kubiya) => Answer<unknown>;

/** A function, what it asks, with which body, and what it gives. */
const FUNCTIONS: readonly (readonly [string, Call, string, unknown, unknown])[] = [
  [
    "runners",
    (kubiya) => kubiya.runners(ASKING),
    "GET /api/v3/runners",
    null,
    [
      { name: "kubiya-hosted", namespace: "kubiya" },
      { name: "on-premises", version: {} },
    ],
  ],
  [
    "a runner's health",
    (kubiya) => kubiya.runnerHealth("on-premises", ASKING),
    "GET /api/v3/runners/on-premises/health",
    null,
    { healthy: true, status: "Ready", checks: [{ a: 1 }] },
  ],
  [
    "a new runner",
    (kubiya) => kubiya.createRunner("new", ASKING),
    "POST /api/v3/runners/new",
    null,
    { url: "https://manifests.example/new" },
  ],
  [
    "the end of a runner",
    (kubiya) => kubiya.deleteRunner("new", ASKING),
    "DELETE /api/v3/runners/new",
    null,
    undefined,
  ],
  [
    "agents",
    (kubiya) => kubiya.agents(ASKING),
    "GET /api/v1/agents?mode=all",
    null,
    [{ uuid: "a1", name: "helper" }],
  ],
  [
    "a new agent",
    (kubiya) => kubiya.createAgent({ name: "helper" }, ASKING),
    "POST /api/v1/agents",
    { name: "helper" },
    { uuid: "a1", name: "helper" },
  ],
  [
    "a changed agent",
    (kubiya) => kubiya.updateAgent("a1", { name: "other" }, ASKING),
    "PUT /api/v1/agents/a1",
    { name: "other" },
    { uuid: "a1", name: "helper" },
  ],
  [
    "the end of an agent",
    (kubiya) => kubiya.deleteAgent("a1", ASKING),
    "DELETE /api/v1/agents/a1",
    null,
    undefined,
  ],
  [
    "sources",
    (kubiya) => kubiya.sources(ASKING),
    "GET /api/v1/sources",
    null,
    [{ uuid: "s1", url: "https://github.com/example/tools" }],
  ],
  [
    "the tools of a source",
    (kubiya) => kubiya.sourceTools("s1", ASKING),
    "GET /api/v1/sources/s1/metadata",
    null,
    {
      tools: [{ name: "greet", type: "docker", image: "alpine", content: "echo hello" }],
      errors: [{ file: "x" }],
    },
  ],
  [
    "a new source",
    (kubiya) => kubiya.createSource({ url: "https://github.com/a/b" }, ASKING),
    "POST /api/v1/sources",
    { url: "https://github.com/a/b" },
    { uuid: "s1" },
  ],
  [
    "what a source would offer",
    (kubiya) => kubiya.discoverSource({ url: "https://e.example/?a=b&c", runner: "r 1" }, ASKING),
    "POST /api/v1/sources/load?url=https%3A%2F%2Fe.example%2F%3Fa%3Db%26c&runner=r+1",
    null,
    {
      tools: [{ name: "greet", type: "docker", image: "alpine", content: "echo hello" }],
      errors: [],
    },
  ],
  [
    "integrations",
    (kubiya) => kubiya.integrations(ASKING),
    "GET /api/v2/integrations?full=true",
    null,
    [{ name: "slack", configs: [{}] }],
  ],
  [
    "a new integration",
    (kubiya) => kubiya.createIntegration({ name: "slack" }, ASKING),
    "POST /api/v2/integrations",
    { name: "slack" },
    { name: "slack" },
  ],
  [
    "the names of secrets, and nothing else of them",
    (kubiya) => kubiya.secrets(ASKING),
    "GET /api/v1/secrets",
    null,
    ["DB_URL"],
  ],
  [
    "all knowledge",
    (kubiya) => kubiya.knowledge({ query: null, limit: null }, ASKING),
    "GET /api/v1/knowledge",
    null,
    [{ uuid: "k1", name: "runbook", content: "restart it" }],
  ],
  [
    "knowledge that is looked for",
    (kubiya) => kubiya.knowledge({ query: "how & why", limit: 3 }, ASKING),
    "GET /api/v1/knowledge?query=how+%26+why&limit=3",
    null,
    [{ uuid: "k1", name: "runbook", content: "restart it" }],
  ],
  [
    "one piece of knowledge",
    (kubiya) => kubiya.knowledgeItem("k1", ASKING),
    "GET /api/v1/knowledge/k1",
    null,
    { uuid: "k1", name: "runbook", content: "restart it" },
  ],
];

for (const [what, call, asked, body, value] of FUNCTIONS) {
  test(`the cloud is asked once for ${what}, with the key in one header`, async () => {
    await withCloud(async (cloud) => {
      const answer = await call(clientFor(cloud).kubiya);
      assert.deepEqual(answer, { ok: true, value });
      assert.equal(cloud.asked.length, 1);
      const [one] = cloud.asked;
      assert.equal(`${one?.method} ${one?.url}`, asked);
      assert.equal(one?.headers.authorization, `UserKey ${OPERATORS_KEY}`);
      assert.deepEqual(one?.body === "" ? null : JSON.parse(one?.body ?? ""), body);
      assert.doesNotMatch(JSON.stringify(answer), /canary/);
    });
  });

  test(`a cloud that is asked for ${what} and refuses is asked no more, and its failure has no key`, async () => {
    await withCloud(async (cloud) => {
      cloud.always(refusing(418));
      const answer = await call(clientFor(cloud).kubiya);
      assert.deepEqual(answer, {
        ok: false,
        failure: {
          reason: "kubiya_refused",
          endpoint: asked.split("?")[0],
          status: 418,
          message: "no, [hidden]\\u001b[31m",
        },
      });
      assert.equal(cloud.asked.length, 1);
    });
  });
}

const CHANGES = FUNCTIONS.filter(([, , asked]) => !asked.startsWith("GET "));

for (const [what, call] of CHANGES) {
  test(`${what} is sent once, whatever becomes of it`, async () => {
    for (const behaviour of [HANGING_UP, refusing(503), refusing(429, "0")]) {
      await withCloud(async (cloud) => {
        cloud.always(behaviour);
        const { kubiya, waits } = clientFor(cloud);
        assert.equal((await call(kubiya)).ok, false);
        assert.deepEqual([cloud.asked.length, waits], [1, []]);
      });
    }
  });
}

/** A reading that is tried again: how the cloud behaves first, and how long is waited. */
const MOMENTARY = [
  ["is away for a moment", [HANGING_UP], [200]],
  ["fails twice", [refusing(500), refusing(502)], [200, 400]],
  ["is busy and says for how long", [refusing(429, "2")], [2_000]],
  ["is busy and does not say", [refusing(429)], [200]],
] as const;

for (const [what, behaviours, expected] of MOMENTARY) {
  test(`a cloud that ${what} is asked again`, async () => {
    await withCloud(async (cloud) => {
      cloud.misbehave(...behaviours);
      const { kubiya, waits } = clientFor(cloud);
      assert.deepEqual(await kubiya.secrets(ASKING), { ok: true, value: ["DB_URL"] });
      assert.deepEqual(waits, expected);
    });
  });
}

const ENDPOINT = "GET /api/v3/runners";

/** What the cloud answers to whoever asks for its runners, what becomes of it, and how often it is asked. */
const MISBEHAVIOURS = [
  [
    "is busy for too long",
    refusing(429, "60"),
    { reason: "kubiya_busy", retryAfterSeconds: 60 },
    1,
  ],
  [
    "is busy until a day",
    refusing(429, "Wed, 21 Oct 2026 07:28:00 GMT"),
    { reason: "kubiya_busy", retryAfterSeconds: null },
    3,
  ],
  ["does not take the key", refusing(401), { reason: "kubiya_unauthorized", status: 401 }, 1],
  ["forbids it", refusing(403), { reason: "kubiya_unauthorized", status: 403 }, 1],
  [
    "fails for good",
    saying("<html>bad gateway</html>", 502),
    { reason: "kubiya_refused", status: 502, message: "<html>bad gateway</html>" },
    3,
  ],
  [
    "answers with another form of error",
    saying(`{"error":"quota","details":"none left","status":409}`, 409),
    { reason: "kubiya_refused", status: 409, message: "quota: none left" },
    1,
  ],
  [
    "answers with no JSON",
    saying("<html>welcome</html>"),
    { reason: "kubiya_unexpected", field: "", detail: "it is not JSON" },
    1,
  ],
  [
    "answers with JSON that is nested without end",
    saying("[".repeat(100) + "]".repeat(100)),
    { reason: "kubiya_unexpected", field: "", detail: "it is not JSON" },
    1,
  ],
  [
    "answers with JSON of hostile depth",
    saying("[".repeat(200_000) + "]".repeat(200_000)),
    { reason: "kubiya_unexpected", field: "", detail: "it is not JSON" },
    1,
  ],
  [
    "answers with nothing",
    saying(""),
    { reason: "kubiya_unexpected", field: "", detail: "it is no list" },
    1,
  ],
  [
    "answers with another shape",
    saying(`{"runners":[]}`),
    { reason: "kubiya_unexpected", field: "", detail: "it is no list" },
    1,
  ],
  [
    "answers with a list of something else",
    saying(`[{"name":"a"},"b"]`),
    { reason: "kubiya_unexpected", field: "[1]", detail: "it is no object" },
    1,
  ],
  [
    "answers with a runner without a name",
    saying(`[{"name":"a"},{"name":3}]`),
    { reason: "kubiya_unexpected", field: "[1].name", detail: "it is no text" },
    1,
  ],
  [
    "answers with more than is read",
    saying(JSON.stringify(["x".repeat(9 * 1024 * 1024)])),
    { reason: "kubiya_too_much", allowedBytes: 8 * 1024 * 1024 },
    1,
  ],
] as const;

for (const [what, behaviour, failure, times] of MISBEHAVIOURS) {
  test(`a cloud that ${what} is a failure that names the endpoint`, async () => {
    await withCloud(async (cloud) => {
      cloud.always(behaviour);
      assert.deepEqual(await clientFor(cloud).kubiya.runners(ASKING), {
        ok: false,
        failure: { endpoint: ENDPOINT, ...failure },
      });
      assert.equal(cloud.asked.length, times);
    });
  });
}

test("an answer that is cut is a failure, never half an answer", async () => {
  await withCloud(async (cloud) => {
    cloud.always(cutting(`[{"name":"a"}]`));
    const answer = await clientFor(cloud).kubiya.runners(ASKING);
    assert.ok(!answer.ok);
    assert.equal(answer.failure.reason, "kubiya_broke_off");
  });
});

test("a redirect is refused, and the key is not taken where it leads", async () => {
  await withCloud(async (elsewhere) => {
    await withCloud(async (cloud) => {
      cloud.always((_request, response) => {
        response.writeHead(302, { location: `${elsewhere.url}/api/v3/runners` }).end();
      });
      const answer = await clientFor(cloud).kubiya.runners(ASKING);
      assert.deepEqual(answer, {
        ok: false,
        failure: { reason: "kubiya_refused", endpoint: ENDPOINT, status: 302, message: "" },
      });
      assert.deepEqual(elsewhere.asked, []);
    });
  });
});

test("a cloud that nobody answers for is unreachable, by the name of its host", async () => {
  let url = "";
  await withCloud(async (cloud) => {
    url = cloud.url;
  });
  const { kubiya, waits } = clientFor({ url });
  const answer = await kubiya.runners(ASKING);
  assert.ok(!answer.ok && answer.failure.reason === "kubiya_unreachable");
  assert.equal(answer.failure.detail, `${new URL(url).host} cannot be reached: ECONNREFUSED`);
  assert.deepEqual(waits, [200, 400]);
});

test("a request that is given up ends at once", async () => {
  await withCloud(async (cloud) => {
    const abort = new AbortController();
    cloud.always(() => abort.abort());
    assert.deepEqual(await clientFor(cloud).kubiya.runners({ signal: abort.signal }), {
      ok: false,
      failure: { reason: "cancelled", stderr: "" },
    });
  });
});

test("a name cannot lead to another endpoint", async () => {
  await withCloud(async (cloud) => {
    const { kubiya } = clientFor(cloud);
    for (const id of ["", ".", ".."]) {
      const answer = await kubiya.deleteAgent(id, ASKING);
      assert.ok(!answer.ok && answer.failure.reason === "kubiya_not_asked");
    }
    assert.deepEqual(cloud.asked, []);
    cloud.always((_request, response) => json(response, 200, {}));
    await kubiya.deleteAgent("../sources/s1?x=1#y", ASKING);
    assert.deepEqual(
      cloud.asked.map(({ url }) => url),
      ["/api/v1/agents/..%2Fsources%2Fs1%3Fx%3D1%23y"],
    );
  });
});

/** A status of a runner, and whether it is well. */
const HEALTH = [
  ["healthy", true],
  ["OK", true],
  ["ready", true],
  ["unhealthy", false],
  ["", false],
] as const;

test("a runner is healthy where its status says so", async () => {
  await withCloud(async (cloud) => {
    const { kubiya } = clientFor(cloud);
    for (const [status, healthy] of HEALTH) {
      cloud.always(saying(JSON.stringify({ health: "healthy", status })));
      const answer = await kubiya.runnerHealth("r", ASKING);
      assert.deepEqual(answer, { ok: true, value: { healthy, status, checks: [] } });
    }
    cloud.always(saying(`{"health":"healthy"}`));
    const answer = await kubiya.runnerHealth("r", ASKING);
    assert.ok(!answer.ok && answer.failure.reason === "kubiya_unexpected");
    assert.equal(answer.failure.field, "status");
  });
});
