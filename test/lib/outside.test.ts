import assert from "node:assert/strict";
import { test } from "node:test";
import { createOutside } from "../../src/lib/outside.ts";
import { createAuthenticationLog } from "../../src/observe/authentication-log.ts";
import { createRequests } from "../../src/observe/requests.ts";

test("what is begun outside of a request is not its own, and the request goes on as itself", async () => {
  const requests = createRequests(() => "mine");
  const outside = createOutside();
  const whose = async (): Promise<string | null> => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return requests.id();
  };
  const begun = requests.begin(async () => {
    const theirs = await outside(whose);
    return [theirs, requests.id(), await whose()];
  });
  assert.deepEqual(await begun, [null, "mine", "mine"]);
});

test("a sum of many failures belongs to none of the requests that failed", (context) => {
  const requests = createRequests(() => "mine");
  const begunBy: (string | null)[] = [];
  context.mock.method(globalThis, "setTimeout", () => {
    begunBy.push(requests.id());
    return { unref: () => {} };
  });
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const log = createAuthenticationLog(quiet);
  const failed = { user: null, how: "unknown", credential_id: null, session: null };
  requests.begin(() => log({ ...failed, transport: "http", client_ip: null, codes: ["a.b"] }));
  assert.deepEqual(begunBy, [null]);
});
