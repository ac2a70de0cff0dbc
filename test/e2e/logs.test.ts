// What the operator reads of a real server: who was let in, how, and why not; which lines belong together.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { listen } from "../support/http.ts";
import { withIssuer } from "../support/issuer.ts";
import { idOf, withKeyring } from "../support/keys.ts";
import { configIn, folderFor, kubiya, recordsIn, until } from "../support/server.ts";

interface Line {
  readonly level: string;
  readonly message: string;
  readonly request_id?: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The lines of a log; what is no JSON was said before the log began. */
function linesIn(stderr: string): readonly Line[] {
  return stderr
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

const attempts = (stderr: string): readonly Line[] =>
  linesIn(stderr).filter(({ message }) => message.startsWith("authenti"));

const PROTOCOL = { protocolVersion: "2025-06-18", capabilities: {} };
const INITIALIZE = {
  ...{ jsonrpc: "2.0", id: 1, method: "initialize" },
  params: { ...PROTOCOL, clientInfo: { name: "logs", version: "1" } },
};

test("over HTTP each kind of credential is told with --verbose: who, how, why not", async (context) => {
  const folder = await folderFor(context);
  await withKeyring(join(folder, "state"), async ({ make, revoke }) => {
    await withIssuer(async (issuer) => {
      const key = await make();
      const token = await make({ kind: "token", parent: idOf(key), permissions: null });
      const revoked = await make();
      await revoke("key", revoked);
      const jwt = { issuer: issuer.url, audience: "kubiya" };
      const server = await listen(context, folder, {
        require_auth: true,
        jwt,
        args: ["--verbose"],
      });
      const exp = Math.floor(Date.now() / 1000) + 60;
      const claims = { iss: issuer.url, aud: "kubiya", sub: "eve", exp };
      const presented = [
        key,
        token,
        `${key.slice(0, 21)}${"A".repeat(49)}`,
        revoked,
        await issuer.sign(claims),
        await issuer.sign({ ...claims, exp: 1_000 }),
        await issuer.sign({ ...claims, aud: "other" }),
        "text of no kind",
        null,
      ];
      for (const credential of presented) {
        await fetch(`${server.url}/mcp`, {
          method: "POST",
          headers: {
            "Content-Type": "application/json",
            Accept: "application/json, text/event-stream",
            ...(credential !== null && { Authorization: `Bearer ${credential}` }),
          },
          body: JSON.stringify(INITIALIZE),
        });
      }
      await until(
        () => linesIn(server.stderr()).filter(({ message }) => message === "access").length === 9,
      );
      const told = attempts(server.stderr()).map(({ level, facts }) => [
        ...[level, facts["user"], facts["how"], facts["credential_id"], facts["codes"]],
      ]);
      assert.deepEqual(told, [
        ["debug", "ada", "key", idOf(key), []],
        ["debug", "ada", "token", idOf(token), []],
        ["warn", null, "malformed", null, ["credential.unknown"]],
        ["warn", "ada", "key", idOf(revoked), ["credential.revoked"]],
        ["debug", "eve", "jwt", "jwt:eve", []],
        ["warn", "eve", "jwt", "jwt:eve", ["credential.expired"]],
        ["warn", null, "unknown", null, ["credential.unknown"]],
        ["warn", null, "unknown", null, ["credential.unknown"]],
        ["warn", null, "absent", null, ["credential.missing"]],
      ]);
      const refused = linesIn(server.stderr()).find(({ message }) => /not accepted/.test(message));
      assert.deepEqual(refused?.facts, { why: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
      await server.end();
      // Lines and records of one request name it alike.
      const records = await recordsIn(join(folder, "state"));
      const denied = records.filter(({ result }) => result === "denied");
      const warned = attempts(server.stderr()).filter(({ level }) => level === "warn");
      assert.deepEqual(
        denied.map((record) => record["request_id"]),
        warned.map((line) => line.request_id),
      );
      const accesses = linesIn(server.stderr()).filter(({ message }) => message === "access");
      assert.equal(new Set(accesses.map((line) => line.request_id)).size, 9);
      for (const { request_id: id } of warned) {
        assert.ok(accesses.some((line) => line.request_id === id && line.facts["status"] === 401));
      }
    });
  });
});

for (const [what, args, env, told] of [
  ["--verbose", ["--verbose"], {}, true],
  ["LOG_LEVEL=DEBUG", [], { LOG_LEVEL: "DEBUG" }, true],
  ["nothing said", [], {}, false],
] as const) {
  test(`over stdio, with ${what}, who is let in is ${told ? "told" : "not told"}`, async (context) => {
    const folder = await folderFor(context);
    let key = "";
    await withKeyring(join(folder, "state"), async ({ make }) => {
      key = await make();
    });
    const file = await configIn(folder, { require_auth: true, whitelisted_tools: [] });
    const serve = ["mcp", "serve", "--config", file, ...args];
    const list = { jsonrpc: "2.0", id: 2, method: "tools/list" };
    const input = `${JSON.stringify(INITIALIZE)}\n${JSON.stringify(list)}\n`;
    const { stderr } = await kubiya(serve, { input, env: { ...env, KUBIYA_API_KEY: key } });
    const lines = attempts(stderr).filter(({ message }) => message === "authenticated");
    assert.equal(lines.length > 0, told);
    const records = await recordsIn(join(folder, "state"));
    const listed = records.find(({ action }) => action === "list_tools");
    if (told) assert.ok(lines.some((line) => line.request_id === listed?.["request_id"]));
    assert.doesNotMatch(stderr, new RegExp(key.slice(21)));
    const wrong = `${key.slice(0, -1)}${key.endsWith("a") ? "b" : "a"}`;
    const refused = await kubiya(serve, { input, env: { ...env, KUBIYA_API_KEY: wrong } });
    const failure = attempts(refused.stderr).find(({ level }) => level === "warn");
    assert.deepEqual(failure?.facts["codes"], ["credential.unknown"]);
  });
}
