import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogFacts } from "../../src/lib/log.ts";
import { type Attempt, createAuthenticationLog } from "../../src/observe/authentication-log.ts";

const LET_IN: Attempt = {
  ...{ user: "ada", how: "key", credential_id: "k1", session: null },
  ...{ transport: "http", client_ip: "10.1.2.3", codes: [] },
};
const FAILED: Attempt = {
  ...LET_IN,
  ...{ user: null, how: "unknown", credential_id: null, codes: ["credential.unknown"] },
};

function logging() {
  const lines: (readonly [string, string, LogFacts | undefined])[] = [];
  const at =
    (level: string) =>
    (message: string, facts?: LogFacts): void =>
      void lines.push([level, message, facts]);
  const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { attempt: createAuthenticationLog(log), lines };
}

test("who was let in is told with --verbose alone, who was not is always told, and why", () => {
  const { attempt, lines } = logging();
  attempt(LET_IN);
  attempt(FAILED);
  assert.deepEqual(lines, [
    ["debug", "authenticated", LET_IN],
    ["warn", "authentication failed", FAILED],
  ]);
});

test("a flood of failures is summed up once a minute, and then they are told again", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { attempt, lines } = logging();
  for (let at = 0; at < 1_000; at += 1) attempt({ ...FAILED, client_ip: `10.0.0.${at % 50}` });
  assert.equal(lines.length, 60);
  context.mock.timers.tick(60_000);
  const sum = { times: 940, sources: 50 };
  assert.deepEqual(lines.slice(60), [["warn", "authentication failed more often", sum]]);
  attempt(FAILED);
  assert.equal(lines.length, 62);
  context.mock.timers.tick(60_000);
  assert.equal(lines.length, 62);
});
