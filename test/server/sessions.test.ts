// Sessions of legacy clients, over the real front, policies and store.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NOON } from "../support/world.ts";
import { INITIALIZE, LIST, send } from "./http-world.ts";
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
