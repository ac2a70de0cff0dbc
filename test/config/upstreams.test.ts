import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { heldSecrets } from "../../src/compose/held-secrets.ts";
import { faults, homeFor, loaded } from "./world.ts";

test("an upstream is read as clients write it, relative to the file, without those that are off", async (context) => {
  const home = await homeFor(context);
  const { config } = await loaded(home, {
    file: {
      limits: { tool_timeout: 7 },
      mcpServers: {
        files: { command: "npx", args: ["-y", "x"], cwd: "work", eager: true, timeout: 2 },
        far: { url: "https://mcp.example/mcp", allow: ["elicitation"] },
        off: { command: "no", disabled: true },
      },
    },
  });
  assert.deepEqual(config.mcpServerNames, ["files", "far", "off"]);
  assert.deepEqual(config.mcpServers, [
    {
      name: "files",
      eager: true,
      timeout: 2,
      allow: [],
      reach: {
        kind: "program",
        command: "npx",
        args: ["-y", "x"],
        env: {},
        cwd: join(home, "work"),
      },
    },
    {
      name: "far",
      eager: false,
      allow: ["elicitation"],
      timeout: 7,
      reach: { kind: "address", url: "https://mcp.example/mcp", headers: {} },
    },
  ]);
});

test("what is filled in in `env` and `headers` alone is warned of where it stands elsewhere", async (context) => {
  const home = await homeFor(context);
  const { warnings } = await loaded(home, {
    environment: { TOKEN: "t" },
    file: {
      mcpServers: {
        a: { command: "a", args: ["--key", "${TOKEN}", "$HOME"], env: { A: "${TOKEN}" } },
        b: { url: "https://b.example/${env:PLACE}", headers: { A: "${TOKEN}" } },
        c: { command: "${TOKEN}/c", cwd: "${TOKEN}" },
        off: { command: "x", args: ["${TOKEN}"], disabled: true },
      },
    },
  });
  assert.deepEqual(
    warnings.map(({ field, message }) => [field, message.split(":")[0]]),
    ["a.args[1]", "b.url", "c.command", "c.cwd"].map((field) => [
      `mcpServers.${field}`,
      "is passed on as it is written",
    ]),
  );
  assert.match(warnings[0]?.message ?? "", /: \$\{TOKEN\} is filled in/);
  assert.match(warnings[0]?.mend ?? "", /`env`/);
  assert.match(warnings[1]?.mend ?? "", /`headers`/);
});

test("where nothing is said of a time limit it is the default of all tools", async (context) => {
  const home = await homeFor(context);
  const mcpServers = { far: { url: "https://mcp.example/mcp" } };
  const { config } = await loaded(home, { file: { mcpServers } });
  assert.equal(config.mcpServers[0]?.timeout, config.limits.tool_timeout);
});

test("values refer to the environment and to files, and none of them can be printed", async (context) => {
  const home = await homeFor(context);
  await writeFile(join(home, "key"), "from-the-file\n");
  const { config } = await loaded(home, {
    environment: { TOKEN: "from-the-environment", PATH: "/bin" },
    file: {
      mcpServers: {
        a: {
          command: "a",
          env: { PATH: "${PATH}", KEY: "${file:key}", B: "x ${env:TOKEN} $y", C: "plain" },
        },
        b: { url: "https://b.example", headers: { Authorization: "Bearer ${TOKEN}" } },
      },
    },
  });
  const [a, b] = config.mcpServers;
  assert.ok(a?.reach.kind === "program" && b?.reach.kind === "address");
  const told = Object.entries({ ...a.reach.env, ...b.reach.headers }).map(
    ([name, { value, from }]) => [name, value.reveal(), from],
  );
  assert.deepEqual(told, [
    ["PATH", "/bin", "environment"],
    ["KEY", "from-the-file", "file"],
    ["B", "x from-the-environment $y", "environment"],
    ["C", "plain", "text"],
    ["Authorization", "Bearer from-the-environment", "environment"],
  ]);
  assert.doesNotMatch(JSON.stringify(config.mcpServers), /from-the|plain/);
});

test("what upstreams are given as secrets is held, and what is none is not", async (context) => {
  const home = await homeFor(context);
  await writeFile(join(home, "key"), "from-the-file");
  const { config } = await loaded(home, {
    environment: { HOME: "/home/somebody", TENANT: "the-tenant" },
    file: {
      mcpServers: {
        a: {
          command: "a",
          env: {
            HOME: "${HOME}",
            DEBUG: "true",
            A_TOKEN: "by-its-name",
            KEY: "${file:key}",
            DB: "postgresql://me:in-the-address@host/db",
          },
        },
        b: {
          url: "https://b.example",
          headers: {
            Authorization: "Bearer after-the-scheme",
            "x-tenant": "${TENANT}",
            "x-a": "open",
          },
        },
      },
    },
  });
  const held = heldSecrets(config, (name) => /token|authorization/i.test(name));
  assert.deepEqual(
    held.filter((text) => text !== ""),
    [
      "by-its-name",
      "from-the-file",
      "in-the-address",
      "in-the-address",
      "Bearer after-the-scheme",
      "after-the-scheme",
      "the-tenant",
    ],
  );
});

/** An entry of `mcpServers` by name, and the field and message of what is wrong with it. */
const WRONG: readonly (readonly [string, object, string, RegExp])[] = [
  ["neither command nor url", { a: {} }, "mcpServers.a", /needs `command` or `url`/],
  ["both", { a: { command: "a", url: "https://a" } }, "mcpServers.a", /and not both/],
  [
    "two whose tools could be called the same",
    { a: { command: "a" }, a_b: { command: "b" } },
    "mcpServers.a_b",
    /begins like the tools of a/,
  ],
  ["headers of a program", { a: { command: "a", headers: {} } }, "mcpServers.a.headers", /no use/],
  ["arguments of an address", { a: { url: "https://a", args: [] } }, "mcpServers.a.args", /no use/],
  ["another scheme", { a: { url: "file:///etc/passwd" } }, "mcpServers.a.url", /no http address/],
  ["a credential in it", { a: { url: "https://me:pw@a" } }, "mcpServers.a.url", /credential/],
  [
    "a header of the protocol",
    { a: { url: "https://a", headers: { "Mcp-Session-Id": "1" } } },
    "mcpServers.a.headers.Mcp-Session-Id",
    /the protocol sets/,
  ],
  [
    "a header that is none",
    { a: { url: "https://a", headers: { "a b": "1" } } },
    "mcpServers.a.headers.a b",
    /no name of a header/,
  ],
  [
    "a header that would be two",
    { a: { url: "https://a", headers: { "x-a": "1\r\nx-b: 2" } } },
    "mcpServers.a.headers.x-a",
    /line end/,
  ],
  ["a NUL", { a: { command: "a", args: ["\0"] } }, "mcpServers.a", /NUL/],
  [
    "a variable that is not set",
    { a: { command: "a", env: { T: "${NOT_SET}" } } },
    "mcpServers.a.env.T",
    /needs NOT_SET, which is not set/,
  ],
  [
    "a file that is not there",
    { a: { command: "a", env: { T: "${file:/nowhere/at/all}" } } },
    "mcpServers.a.env.T",
    /it is not there/,
  ],
  [
    "what only one client fills in",
    { a: { command: "a", env: { T: "${input:token}" } } },
    "mcpServers.a.env.T",
    /only some clients fill in/,
  ],
];

for (const [what, mcpServers, field, message] of WRONG) {
  test(`a server with ${what} is a fault`, async (context) => {
    const found = await faults(await homeFor(context), { file: { mcpServers } });
    assert.equal(found.length, 1, JSON.stringify(found));
    assert.equal(found[0]?.field, field);
    assert.match(found[0]?.message ?? "", message);
  });
}

test("what only clients read is named, and so is what was meant", async (context) => {
  const file = {
    mcpServers: {
      a: { command: "a", type: "stdio", timeuot: 3 },
      b: { url: "http://mcp.example" },
      c: { url: "http://127.0.0.1:1" },
    },
  };
  const { warnings } = await loaded(await homeFor(context), { file });
  const told = warnings
    .filter(({ field }) => field.startsWith("mcpServers."))
    .map(({ field, mend }) => [field, mend]);
  assert.deepEqual(told, [
    ["mcpServers.a.type", "clients may read it; nothing is done about it"],
    ["mcpServers.a.timeuot", "did you mean timeout?"],
    ["mcpServers.b.url", "write it as https://..."],
  ]);
});
