// What is called is what was decided on: the upstream's own journal says what it heard of.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { folderFor, until } from "../../support/server.ts";
import { LIMITS } from "../../../src/tools/upstream/limits.ts";
import { call, CHANGED, hostile, textOf, toolNamed, type World } from "./world.ts";

interface Journaled extends World {
  /** The calls that it heard of. */
  readonly heard: () => Promise<readonly string[]>;
}

/** An upstream that keeps a journal, and is read anew by itself after so long. */
async function journaled(
  context: TestContext,
  manner: string,
  settleMs: number,
): Promise<Journaled> {
  const journal = join(await folderFor(context), "journal");
  const limits = { firstRetryMs: 1, settleMs };
  return {
    ...hostile(context, manner, { env: { JOURNAL: journal }, limits }),
    heard: async () => (await readFile(journal, "utf8")).trim().split("\n"),
  };
}

const decided = toolNamed("echo");

/** Longer than any test. */
const NEVER = 600_000;

test("a program that died and comes back with another tool of that name is not called", async (context) => {
  const world = await journaled(context, "plain", NEVER);
  assert.equal((await call(world, "dies")).ok, false);
  await until(async () => (await world.upstream.connect()).ok, 5_000);
  assert.deepEqual(await call(world, "echo", { decided }), CHANGED);
  assert.deepEqual(await world.heard(), ["dies"]);
});

test("a change that was announced is read before anything is called, however soon that is", async (context) => {
  const world = await journaled(context, "plain", NEVER);
  assert.equal(textOf(await call(world, "turns")), "turned");
  const calls = ["echo", "echo"].map((tool) => call(world, tool, { decided }));
  assert.deepEqual(await Promise.all(calls), [CHANGED, CHANGED]);
  assert.deepEqual(await world.heard(), ["turns"]);
});

test("a change that was announced and cannot be read: nothing is called", async (context) => {
  const world = await journaled(context, "shy", NEVER);
  assert.equal(textOf(await call(world, "turns")), "turned");
  const { upstream } = world;
  const failure = { reason: "upstream_unreachable", upstream: "up", detail: "not now" };
  assert.deepEqual(await call({ upstream }, "echo", { decided }), {
    ok: false,
    failure: { ...failure, retryInMs: 60_000 },
  });
  assert.deepEqual(await world.heard(), ["turns"]);
});

test("a change that is announced while it is listed for the first time is read after it", async (context) => {
  const { upstream } = await journaled(context, "restless", 10);
  assert.ok((await upstream.connect()).ok);
  const names = () => upstream.presented()?.tools.map(({ name }) => name);
  await until(async () => names()?.includes("new") === true, 5_000);
});

test("one that changes and announces it whenever it is listed is soon listed no more, however often it is called", async (context) => {
  const world = await journaled(context, "fickle", LIMITS.settleMs);
  const { upstream, changes } = world;
  assert.ok((await upstream.connect()).ok);
  await until(() => changes() > 1);
  const isHeldOff = async (): Promise<boolean> => {
    const called = await call(world, "echo", { decided });
    assert.ok(!called.ok);
    return called.failure.reason === "upstream_unreachable" && called.failure.retryInMs > 0;
  };
  await until(isHeldOff);
  for (let left = 60; left > 0; left -= 1) await isHeldOff();
  assert.ok(changes() <= 5, `${changes()} listings`);
  await assert.rejects(world.heard(), /ENOENT/);
});

test("a tool that is not there any more is not called", async (context) => {
  const world = await journaled(context, "plain", NEVER);
  const gone = await call(world, "gone");
  assert.equal(
    !gone.ok && "detail" in gone.failure && gone.failure.detail,
    "does not offer it any more",
  );
});
