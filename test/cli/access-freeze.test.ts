import assert from "node:assert/strict";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { homeFor } from "./auth-home.ts";
import { run } from "./host.ts";

test("a freeze and its end are decided and recorded: who, when, why", async (context) => {
  const { kubiya, json, records } = await homeFor(context);
  const frozen = await json("access freeze --reason stolen");
  assert.deepEqual(frozen, { frozen: true, reason: "stolen" });
  const lifted = await kubiya("access unfreeze");
  assert.deepEqual([lifted.code, lifted.stdout], [0, ""]);
  assert.match(lifted.stderr, /not frozen any more/);
  const told = (await records()).map((record) => [
    ...[record["user_id"], record["action"], record["phase"], record["result"]],
    record["parameters"],
  ]);
  assert.deepEqual(told, [
    ["operator", "access/freeze", "intent", "pending", { reason: "stolen" }],
    ["operator", "access/freeze", "outcome", "success", { reason: "stolen" }],
    ["operator", "access/unfreeze", "intent", "pending", {}],
    ["operator", "access/unfreeze", "outcome", "success", {}],
  ]);
});

test("while access is frozen keys are read and ended, and none is made", async (context) => {
  const { kubiya, json } = await homeFor(context);
  const { id } = await json("auth key create --name ci");
  assert.equal((await kubiya("access freeze --reason stolen")).code, 0);
  const refused = await kubiya("auth key create --name other");
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /^access\.frozen: Access is frozen: stolen - wait/);
  assert.equal((await kubiya(`auth key revoke ${id}`)).code, 0);
  assert.equal((await json("auth key list"))[0].status, "revoked");
  assert.equal((await kubiya("access freeze --reason again")).code, 0);
  assert.equal((await kubiya("access unfreeze")).code, 0);
  assert.equal((await kubiya("access unfreeze")).code, 0);
  assert.equal((await kubiya("auth key create --name other")).code, 0);
});

test("a freeze without a reason, or with one that steers a terminal, is a wrong command line", async () => {
  for (const argv of [[], ["--reason", ""], ["--reason", "a\u001Bb"]]) {
    const ran = await run(["access", "freeze", ...argv]);
    assert.deepEqual([ran.code, ran.stdout, ran.flags], [2, "", []]);
    assert.match(ran.stderr, /--reason/);
  }
});

test("an organisation's policies that cannot be read stand in no freeze's way, where they are left out", async (context) => {
  const { folder, kubiya } = await homeFor(context);
  const policies = join(folder, "policies");
  await mkdir(policies);
  await writeFile(join(policies, "custom.rego"), "package custom\n\nthis is no Rego\n");
  const config = { enable_opa_policies: true, policies: { path: policies } };
  await mkdir(join(folder, ".kubiya"));
  await writeFile(join(folder, ".kubiya", "mcp-server.json"), JSON.stringify(config));
  assert.equal((await kubiya("access freeze --reason stolen")).code, 3);
  const without = await kubiya("access freeze --reason stolen", { KUBIYA_OPA_ENFORCE: "false" });
  assert.equal(without.code, 0, without.stderr);
});

test("a damaged chain of the commands says how to freeze all the same, and that goes", async (context) => {
  const { folder, kubiya } = await homeFor(context);
  await kubiya("auth key create --name ci");
  const chain = join(folder, ".kubiya", "mcp", "audit", "cli");
  await writeFile(join(chain, "000001.jsonl"), "no record\n");
  const stopped = await kubiya("access freeze --reason stolen");
  assert.equal(stopped.code, 4);
  assert.match(stopped.stderr, /move its folder away to begin anew/);
  await rename(chain, join(folder, "cli-damaged"));
  assert.equal((await kubiya("access freeze --reason stolen")).code, 0);
  assert.equal((await kubiya("audit verify")).code, 0);
});
