import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { takeLock } from "../../src/audit/lock.ts";
import { done } from "../../src/lib/outcome.ts";
import { type Home, homeFor, stopTime } from "./auth-home.ts";
import { answering, run } from "./host.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const DAY = 86_400_000;

const TOOLS = ["deploy", "kubectl", "read-log"].map((name) => ({ name, type: "shell" }));
const ROLES = {
  developer: { permissions: ["tools:list", "tools:execute"], allowed_tools: ["kubectl", "read-*"] },
  viewer: { permissions: ["tools:list"] },
};
const POLICY = `package custom

decision := {"deny": [reason | some reason in deny]}

deny contains {"code": "no_reason"} if {
	input.action == "tools/call"
	not input.arguments.reason
}

list := {"hide": [name | some name in ["deploy"]; input.principal.id == "bob"]}
`;

async function home(
  context: TestContext,
  config: object = {},
  onAnswer?: (text: string) => void,
): Promise<Home> {
  const made = await homeFor(context, onAnswer);
  await mkdir(join(made.folder, ".kubiya"), { recursive: true });
  const file = join(made.folder, ".kubiya", "mcp-server.json");
  const whole = { require_auth: true, roles: ROLES, whitelisted_tools: TOOLS, ...config };
  await writeFile(file, JSON.stringify(whole));
  return made;
}

/** What each credential of a review can call, by its name. */
async function toolsOf(
  json: Home["json"],
  line: string,
): Promise<Readonly<Record<string, object>>> {
  const { credentials } = await json(line);
  return Object.fromEntries(
    credentials.map(({ name, tools }: { name: string; tools: object }) => [name, tools]),
  );
}

/** The names of the credentials that a review is of. */
async function names(json: Home["json"], line: string): Promise<readonly string[]> {
  return Object.keys(await toolsOf(json, line)).toSorted();
}

const ALL = TOOLS.map(({ name }) => name);
const EVERYTHING = { yes: ALL, maybe: [], no: {} };

test("a review says of each credential and role what it can call, and why not the rest", async (context) => {
  const { json, records } = await home(context);
  stopTime(context, NOW);
  const plain = await json("auth key create --name plain --expires 30d");
  await json("auth key create --name dev --role developer");
  await json(
    "auth key create --name looker --role developer --role viewer --permission tools:list",
  );
  await json("auth key create --name runner --permission tools:execute");
  const token = await json(
    `auth token generate --expires 1h --key ${plain.id} --permission tools:list`,
  );
  const { credentials, roles } = await json("access review");
  const found = credentials.find(({ name }: { name: string }) => name === "plain");
  assert.deepEqual(found, {
    ...{ kind: "key", id: plain.id, name: "plain", user: "plain", roles: [] },
    ...{ permissions: ["tools:list", "tools:execute"], allowed_ips: null, parent: null },
    ...{ created_at: "2026-11-23T12:00:00.000Z", expires_at: "2026-12-23T12:00:00.000Z" },
    ...{ status: "active", last_used_at: null, unused_for: 0, expires_in: 30 * 86_400 },
    tools: EVERYTHING,
  });
  const nothing = { "permissions.missing": ALL };
  assert.deepEqual(await toolsOf(json, "access review"), {
    plain: EVERYTHING,
    dev: {
      yes: ["kubectl", "read-log"],
      maybe: [],
      no: { "roles.tool_not_allowed": ["deploy"] },
    },
    looker: { yes: [], maybe: [], no: nothing },
    // It may not list, and may call all the same.
    runner: { yes: [], maybe: ALL, no: {} },
    [token.name]: { yes: [], maybe: [], no: nothing },
  });
  assert.deepEqual(roles, [
    {
      ...{ name: "developer", permissions: ROLES.developer.permissions },
      tools: {
        yes: ["kubectl", "read-log"],
        maybe: [],
        no: { "roles.tool_not_allowed": ["deploy"] },
      },
    },
    { name: "viewer", permissions: ["tools:list"], tools: { yes: [], maybe: [], no: nothing } },
  ]);
  const last = (await records()).slice(-2);
  assert.deepEqual(
    last.map((record) => [record["user_id"], record["action"], record["result"]]),
    [
      ["operator", "keys/read", "pending"],
      ["operator", "keys/read", "success"],
    ],
  );
});

test("a table has a line for each credential or role and each answer", async (context) => {
  const { kubiya } = await home(context);
  stopTime(context, NOW);
  await kubiya("auth key create --name dev --role developer");
  const { code, stdout, stderr } = await kubiya("access review");
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.split("\n").map((line) => line.replace(/ [0-9A-Za-z]{16} /, " ID "));
  assert.deepEqual(
    lines.map((line) => line.trim().split(/ {2,}/).join(" | ")),
    [
      "kind | id | name | user | roles | expires | last used | access | why | tools",
      "key | ID | dev | dev | developer | 2027-02-21T12:00:00.000Z | - | yes | - | kubectl, read-log",
      "key | ID | dev | dev | developer | 2027-02-21T12:00:00.000Z | - | no | roles.tool_not_allowed | deploy",
      "role | - | developer | - | - | - | - | yes | - | kubectl, read-log",
      "role | - | developer | - | - | - | - | no | roles.tool_not_allowed | deploy",
      "role | - | viewer | - | - | - | - | no | permissions.missing | deploy, kubectl, read-log",
      "",
    ],
  );
});

test("a credential is reviewed as from where it may come", async (context) => {
  const { json } = await home(context, { allowed_ips: ["192.168.0.0/16"] });
  await json("auth key create --name near --allowed-ip 10.0.0.0/8 --allowed-ip 192.168.7.0/24");
  await json("auth key create --name far --allowed-ip 10.0.0.0/8");
  await json("auth key create --name free");
  assert.deepEqual(await toolsOf(json, "access review"), {
    ...{ near: EVERYTHING, free: EVERYTHING },
    far: { yes: [], maybe: [], no: { "addresses.not_allowed": ALL } },
  });
});

test("where an organisation has a say a yes is a maybe, and what it hides from one it hides from no other", async (context) => {
  const { folder, json } = await home(context, {
    enable_opa_policies: true,
    policies: { path: "policies" },
  });
  await mkdir(join(folder, ".kubiya", "policies"));
  await writeFile(join(folder, ".kubiya", "policies", "custom.rego"), POLICY);
  const open = ["kubectl", "read-log"];
  for (const name of ["bob", "ada"]) await json(`auth key create --name ${name}`);
  assert.deepEqual(await toolsOf(json, "access review"), {
    bob: { yes: [], maybe: open, no: { "tools.hidden": ["deploy"] } },
    ada: { yes: [], maybe: ALL, no: {} },
  });
  const { roles } = await json("access review");
  assert.deepEqual(roles[0].tools, {
    ...{ yes: [], maybe: open, no: { "roles.tool_not_allowed": ["deploy"] } },
  });
});

test("what was not used for long, and what ends late, can be asked for; what has ended is left out", async (context) => {
  const { json, kubiya } = await home(context);
  stopTime(context, NOW - 40 * DAY);
  await json("auth key create --name old --expires 365d");
  await json("auth key create --name over --expires 1d");
  context.mock.timers.setTime(NOW);
  await json("auth key create --name young --expires 30d");
  const { id } = await json("auth key create --name gone");
  await kubiya(`auth key revoke ${id}`);
  assert.deepEqual(await names(json, "access review"), ["old", "young"]);
  assert.deepEqual(await names(json, "access review --unused 40d"), ["old"]);
  assert.deepEqual(await names(json, "access review --unused 41d"), []);
  assert.deepEqual(await names(json, "access review --expires-after 30d"), ["old"]);
  assert.deepEqual((await json("access review --expires-after 29d")).roles, []);
  assert.deepEqual(await names(json, "access review --expires-after 29d"), ["old", "young"]);
  const nothing = (code: string): object => ({ yes: [], maybe: [], no: { [code]: ALL } });
  assert.deepEqual(await toolsOf(json, "access review --all"), {
    ...{ old: EVERYTHING, over: nothing("credential.expired") },
    ...{ young: EVERYTHING, gone: nothing("credential.revoked") },
  });
});

test("a review of frozen access says what holds without the freeze, and that there is one", async (context) => {
  const { kubiya } = await home(context);
  await kubiya("auth key create --name plain");
  await kubiya("access freeze --reason stolen");
  const { code, stdout, stderr } = await kubiya("access review");
  assert.equal(code, 0);
  assert.match(stdout, /plain.* yes /);
  assert.equal(stderr, "access is frozen: stolen; this is what holds once it is not\n");
});

test("a review has let go of the trail when it answers, so that a freeze need not wait", async (context) => {
  const locks: string[] = [];
  const { folder, kubiya } = await home(context, {}, (text) => {
    if (!text.startsWith("kind")) return;
    const lock = takeLock(join(folder, ".kubiya", "mcp", "audit", "cli", "lock"));
    locks.push(lock.ok ? "free" : lock.failure.reason);
    if (lock.ok) lock.value.release();
  });
  await kubiya("auth key create --name plain");
  assert.deepEqual([(await kubiya("access review")).code, locks], [0, ["free"]]);
});

test("a review lets go of the trail before it judges", async () => {
  const events: string[] = [];
  const { world, decide, ...rest } = answering({});
  const roles = { viewer: { permissions: ["tools:list" as const] } };
  const snapshot = {
    ...{ ...rest, world: { ...world, config: { ...world.config, roles } } },
    decide: {
      ...decide,
      list: (...asked: Parameters<typeof decide.list>) => {
        events.push("judged");
        return decide.list(...asked);
      },
    },
  };
  const left = { atMs: NOW, made: null, opened: null, credentials: [], unreadable: 0 };
  const { code } = await run(["access", "review"], {
    snapshot,
    manage: async () => done({ ...left, sessions: [] }),
    leaveTrail: async () => void events.push("left"),
  });
  assert.deepEqual([code, events], [0, ["left", "judged"]]);
});
