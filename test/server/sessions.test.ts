// Sessions of legacy clients, over the real front, policies and store.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NOON } from "../support/world.ts";
import { INITIALIZE, LIST, modern, send } from "./http-world.ts";
import { wholeServer } from "./whole-world.ts";

const HOUR = 3_600_000;

test("a session that is over, unknown or another's is one answer, whatever policies find wrong with it", async (context) => {
  const whole = await wholeServer(context);
  const ada = await whole.keyOf("ada", "developer");
  const grace = await whole.keyOf("grace", "developer");
  const sent = (id: string, session?: string) => ({
    headers: {
      authorization: `Bearer ${id === ada.id ? ada.secret.reveal() : grace.secret.reveal()}`,
      ...(session !== undefined && { "mcp-session-id": session }),
    },
  });
  const open = async (id: string): Promise<string> => {
    const opened = await send(whole, { ...sent(id), body: INITIALIZE });
    return String(opened.headers["mcp-session-id"]);
  };
  const [own, foreign] = [await open(ada.id), await open(grace.id)];
  const told = async (session: string): Promise<unknown> => {
    const { status, body } = await send(whole, { ...sent(ada.id, session), body: LIST });
    const { decision_id: _, ...data } = body.error.data;
    return { status, error: { ...body.error, data } };
  };
  assert.equal((await send(whole, { ...sent(ada.id, own), body: LIST })).status, 200);
  const answers = [await told(foreign), await told("nobody")];
  whole.setTime(NOON + HOUR);
  answers.push(await told(own), await told(foreign));
  const codes = whole.recorded.flatMap(({ decision }) => decision?.reasons.map((one) => one.code));
  for (const code of ["session.foreign", "session.missing", "session.expired"]) {
    assert.ok(codes.includes(code), code);
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(Object(answers[0]).status, 404);
});

test("a session that was idle is not prolonged by who can write the store", async (context) => {
  const whole = await wholeServer(context);
  const { secret } = await whole.keyOf("ada", "developer");
  const exchanged = await send(whole, {
    path: "/auth/session",
    headers: { authorization: `Bearer ${secret.reveal()}` },
  });
  const { session } = JSON.parse(exchanged.text);
  const list = async (): Promise<number> => {
    const { headers, body } = modern("tools/list");
    const sent = { body, headers: { ...headers, authorization: `Bearer ${session}` } };
    return (await send(whole, sent)).status;
  };
  assert.equal(await list(), 200);
  whole.sql(`UPDATE kubiya_session SET idle_ms = 10 * ${HOUR}, used_ms = ${NOON + 1}`);
  assert.equal(await list(), 401);
  assert.equal(await list(), 401);
});
