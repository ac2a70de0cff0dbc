import assert from "node:assert/strict";
import { test } from "node:test";
import { createRequests } from "../../../src/observe/requests.ts";
import { until } from "../../support/server.ts";
import { call, hostile, textOf } from "./world.ts";

test("what an upstream says and does is nobody's, whoever it was started for", async (context) => {
  const ids = ["first", "second", "third"].values();
  const requests = createRequests(() => ids.next().value ?? "more");
  const heard: (readonly [string, string | null])[] = [];
  const world = hostile(context, "plain", {
    heard: (message, { line }) => heard.push([String(line ?? message), requests.id()]),
  });
  await requests.begin(() => world.upstream.connect());
  for (const tool of ["mutters", "changes", "mutters"]) {
    // One after the other, each a request of its own.
    const [said, whose] = await requests.begin(async () => {
      const called = await call(world, tool);
      return [textOf(called), requests.id()] as const;
    });
    assert.ok(said !== "" && whose !== null);
  }
  await until(() => world.changes() === 2);
  await requests.begin(() => call(world, "dies"));
  await until(() => heard.some(([line]) => line === "an upstream cannot be used"));
  assert.deepEqual(
    heard.filter(([, id]) => id !== null),
    [],
  );
  assert.equal(heard.filter(([line]) => line === "muttered").length, 2);
});
