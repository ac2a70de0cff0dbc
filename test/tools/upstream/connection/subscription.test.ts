import assert from "node:assert/strict";
import { test } from "node:test";
import { keepSubscribed } from "../../../../src/tools/upstream/connection/subscription.ts";

const ended = {
  honoredFilter: {},
  close: async () => {},
  closed: Promise.resolve("remote" as const),
};

/** A client whose subscriptions all end at once, after so many that were made. */
function clientOf(makes: number) {
  let asked = 0;
  return {
    asked: () => asked,
    autoOpenedSubscription: ended,
    listen: async () => {
      asked += 1;
      if (asked > makes) throw new Error("not connected");
      return ended;
    },
  };
}

test("nobody subscribes any more when the connection has ended", async () => {
  const client = clientOf(0);
  const limits = { subscribeMs: 1, lastRetryMs: 1 };
  await keepSubscribed(client, Promise.resolve("gone"), { limits, onListChanged: () => {} });
  assert.equal(client.asked(), 0);
});

test("who subscribed in vain stops when the connection ends", async () => {
  const client = clientOf(2);
  const limits = { subscribeMs: 1, lastRetryMs: 1 };
  const over = Promise.withResolvers<string>();
  let changes = 0;
  const keeping = keepSubscribed(client, over.promise, {
    limits,
    onListChanged: () => {
      changes += 1;
      if (changes === 2) over.resolve("gone");
    },
  });
  await keeping;
  assert.deepEqual([client.asked(), changes], [2, 2]);
});
