// Resources and prompts over HTTP: decided before the protocol's library sees the request, as calls are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { done, failed } from "../../src/lib/outcome.ts";
import type { Libraries } from "../../src/tools/types.ts";
import { ALLOWED, deniedWith, EMPTY_LIBRARY, said } from "../support/world.ts";
import { CALL, INITIALIZE, legacy, modern, type Props, send, standing } from "./http-world.ts";

const URI = "file:///notes";
const REF = { type: "ref/prompt", name: "review" };
const TWICE = "file:///twice";

/** A library with one resource and one prompt, and what was read of it. */
function library(): { readonly library: Libraries; readonly reads: string[] } {
  const reads: string[] = [];
  return {
    reads,
    library: {
      ...EMPTY_LIBRARY,
      offers: { ...EMPTY_LIBRARY.offers, resources: true, prompts: true },
      resources: [{ uri: URI, name: "notes" }],
      prompts: [{ name: "review" }],
      originOf: ({ name }) =>
        name === URI || name === "review"
          ? done("notes")
          : failed(name === TWICE ? "contested" : "not_there"),
      read: async ({ subject }) => {
        reads.push(subject.name);
        const message = { role: "user", content: { type: "text", text: "Review." } };
        const body =
          subject.action === "prompts/get"
            ? { messages: [message] }
            : { contents: [{ uri: URI, text: "notes" }] };
        return done({ kind: "given", body });
      },
    },
  };
}

const SENT = {
  legacy: (method: string, params: object = {}) => ({ body: legacy(method, params) }),
  modern,
};

for (const era of ["legacy", "modern"] as const) {
  const sent = SENT[era];

  test(`${era}: a resource and a prompt are listed and read`, async (context) => {
    const { library: given, reads } = library();
    const stand = await standing(context, { library: given });
    const lists = [
      ["resources/list", { resources: [{ uri: URI, name: "notes" }] }],
      ["resources/templates/list", { resourceTemplates: [] }],
      ["prompts/list", { prompts: [{ name: "review" }] }],
    ] as const;
    for (const [method, wanted] of lists) {
      const { body } = await send(stand, sent(method));
      assert.partialDeepStrictEqual(body.result, wanted);
    }
    const resource = await send(stand, sent("resources/read", { uri: URI }));
    assert.partialDeepStrictEqual(resource.body.result, {
      contents: [{ uri: URI, text: "notes" }],
    });
    const prompt = await send(stand, sent("prompts/get", { name: "review" }));
    assert.equal(prompt.status, 200);
    assert.deepEqual(reads, [URI, "review"]);
  });

  test(`${era}: what is denied is refused with its status, and nothing is read`, async (context) => {
    const { library: given, reads } = library();
    const decision = deniedWith("permissions.missing");
    const stand = await standing(context, { library: given, decision });
    for (const [method, params] of [
      ["resources/list", {}],
      ["resources/read", { uri: URI }],
      ["resources/read", { uri: "file:///other" }],
      ["prompts/list", {}],
      ["prompts/get", { name: "review" }],
    ] as const) {
      const answer = await send(stand, sent(method, params));
      assert.deepEqual([answer.status, answer.body.error.code], [403, -32_053], method);
      assert.match(answer.headers["www-authenticate"] ?? "", /insufficient_scope/);
    }
    assert.deepEqual(reads, []);
  });

  test(`${era}: what is not there is an answer of the protocol`, async (context) => {
    const { library: given, reads } = library();
    const stand = await standing(context, { library: given });
    const uri = "file:///other";
    const { body } = await send(stand, sent("resources/read", { uri }));
    const error = { code: -32_602, message: "Resource not found", data: { uri } };
    assert.partialDeepStrictEqual(body.error, error);
    const prompt = await send(stand, sent("prompts/get", { name: "other" }));
    assert.partialDeepStrictEqual(prompt.body.error, { code: -32_602, message: "Unknown: other" });
    assert.deepEqual(reads, []);
  });

  test(`${era}: what more than one server says is its own is refused, saying so`, async (context) => {
    const { library: given, reads } = library();
    const stand = await standing(context, { library: given });
    const { body } = await send(stand, sent("resources/read", { uri: TWICE }));
    const { code, message, data } = body.error;
    assert.deepEqual([code, data], [-32_602, { uri: TWICE }]);
    assert.match(message, /^More than one server says that this is its own/);
    assert.deepEqual(reads, []);
  });

  test(`${era}: a request that names nothing is refused before anybody is asked to read`, async (context) => {
    const { library: given, reads } = library();
    const stand = await standing(context, { library: given });
    const { body } = await send(stand, sent("resources/read", { uri: "" }));
    assert.equal(body.error.code, -32_602);
    const other = await send(stand, sent("prompts/get", {}));
    assert.ok(other.body.error.code < 0);
    assert.deepEqual(reads, []);
  });

  for (const [method, params, fault] of [
    ["prompts/get", { name: "review", arguments: { city: 5 } }, "arguments.city must be a string"],
    ["prompts/get", { name: "review", arguments: [] }, "arguments must be an object"],
    ["prompts/get", { name: "review", arguments: null }, "arguments must be an object"],
    ["completion/complete", { ref: REF, argument: { name: "a" } }, "argument must have a name"],
    [
      "completion/complete",
      { ref: REF, argument: { name: "a", value: "b" }, context: { arguments: { a: 1 } } },
      "context.arguments.a must be a string",
    ],
  ] as const) {
    test(`${era}: ${method} is told that ${fault}, and nothing is read`, async (context) => {
      const { library: given, reads } = library();
      const offers = { ...given.offers, completions: true };
      const stand = await standing(context, { library: { ...given, offers } });
      const { code, message } = (await send(stand, sent(method, params))).body.error;
      assert.equal(code, -32_602);
      assert.ok(message.startsWith(`Invalid params: ${fault}`), message);
      assert.deepEqual(reads, []);
    });
  }
}

test("what the sources do not offer is neither announced nor served", async (context) => {
  const stand = await standing(context);
  const { body } = await send(stand, { body: INITIALIZE });
  assert.deepEqual(Object(body.result).capabilities, { tools: { listChanged: true } });
  for (const method of [
    "resources/list",
    "prompts/list",
    "completion/complete",
    "logging/setLevel",
  ]) {
    const answer = await send(stand, { body: legacy(method) });
    assert.equal(answer.body.error.code, -32_601, method);
  }
});

test("what they offer is announced, and no more", async (context) => {
  const { library: given } = library();
  const stand = await standing(context, { library: given });
  const { body } = await send(stand, { body: INITIALIZE });
  assert.deepEqual(Object(body.result).capabilities, {
    tools: { listChanged: true },
    resources: { listChanged: true },
    prompts: { listChanged: true },
  });
});

const ASKING: Props = {
  decision: ALLOWED,
  run: async (_permit, _running, resumed) => {
    const questions = { q: { method: "roots/list", params: {} } } as const;
    return done(
      resumed === null
        ? { kind: "questions", questions, state: 1 }
        : said(JSON.stringify([resumed.state, resumed.answers])),
    );
  },
};

test("a modern client gets questions as its answer, and asks again with what it says to them", async (context) => {
  const stand = await standing(context, ASKING);
  const call = (more: object) => {
    const { headers = {}, body } = modern("tools/call", { name: "kubectl", ...more });
    const whole = JSON.parse(JSON.stringify(body));
    whole.params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = { roots: {} };
    return send(stand, { headers, body: whole });
  };
  const first = Object((await call({})).body.result);
  assert.equal(first.resultType, "input_required");
  assert.deepEqual(first.inputRequests, { q: { method: "roots/list", params: {} } });
  const inputResponses = { q: { roots: [] } };
  const again = await call({ inputResponses, requestState: first.requestState });
  assert.equal(again.body.result.content[0].text, '[1,{"q":{"roots":[]}}]');
  const forged = await call({ inputResponses, requestState: `${first.requestState}A` });
  assert.deepEqual(
    [forged.body.error.code, forged.body.error.message],
    [-32_602, "Invalid or expired requestState"],
  );
  assert.equal(stand.runs(), 2);
});

test("a legacy client without a session is not asked: nobody could tell whose answer it is", async (context) => {
  const stand = await standing(context, ASKING);
  const { body } = await send(stand, { body: CALL });
  assert.equal(body.result.isError, true);
  assert.match(body.result.content[0].text, /the client does not offer roots/);
  assert.equal(stand.runs(), 1);
});
