import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tested } from "../../src/alerts/types.ts";
import { run } from "./host.ts";

const CASES: readonly (readonly [Tested, number, RegExp])[] = [
  [
    { result: "delivered", host: "hooks.example", status: 204 },
    0,
    /^delivered: hooks\.example answered 204$/m,
  ],
  [
    { result: "refused", host: "hooks.example", status: 401 },
    1,
    /^not delivered: hooks\.example answered 401; .*secret/m,
  ],
  [{ result: "no_webhook" }, 1, /^not delivered: there is no webhook.*alerts\.webhook_url/m],
  [{ result: "unreachable", detail: "h cannot be reached: ECONNREFUSED" }, 4, /ECONNREFUSED/],
  [{ result: "stopped", detail: "the disk is full" }, 4, /^not sent: the disk is full$/m],
];

for (const [tested, code, said] of CASES) {
  test(`a test alert that ends as ${tested.result} exits with ${code}, and says so`, async () => {
    const outside = { tryAlert: async () => tested };
    const told = await run(["alerts", "test"], outside);
    assert.equal(told.code, code);
    assert.match(code === 0 ? told.stdout : told.stderr, said);
    assert.equal(code === 0 ? told.stderr : told.stdout, "");
    assert.equal(told.closed, true);
    const json = await run(["alerts", "test", "--json"], outside);
    assert.deepEqual([json.code, JSON.parse(json.stdout)], [code, tested]);
  });
}
