import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { homeFor, loaded } from "./world.ts";

test("every example loads", async (context) => {
  const home = await homeFor(context);
  const names = (await readdir("examples")).filter((name) => name.endsWith(".json"));
  assert.deepEqual(names.toSorted(), ["basic.json", "company.json", "enterprise.json"]);
  for (const name of names) {
    await loaded(home, { flags: { config: resolve("examples", name) } });
  }
});

test("the basic example of the page is the defaults", async (context) => {
  const home = await homeFor(context);
  const basic = await loaded(home, { flags: { config: resolve("examples/basic.json") } });
  const none = await loaded(home, {});
  const { file, config_path: path } = none.config;
  assert.deepEqual({ ...basic.config, file, config_path: path }, none.config);
  assert.deepEqual(basic.warnings, []);
});

test("the enterprise example of the page loads as printed, and says what is not there yet", async (context) => {
  const home = await homeFor(context);
  const flags = { config: resolve("examples/enterprise.json") };
  const { config, warnings } = await loaded(home, { flags });
  assert.deepEqual(
    [config.require_auth, config.session_timeout, config.allow_platform_apis],
    [true, 3600, true],
  );
  assert.deepEqual(config.logging, { level: "debug", debug: false });
  assert.deepEqual(config.policies, {
    enabled: true,
    path: join(home, ".kubiya/policies"),
    named: false,
  });
  assert.deepEqual(config.whitelist, ["kubectl"]);
  assert.deepEqual(config.tools, [
    {
      name: "kubectl",
      description: "Kubernetes CLI tool",
      type: "docker",
      image: "kubiya/kubectl-light:latest",
    },
  ]);
  assert.deepEqual(
    warnings.map(({ field }) => field),
    ["allow_platform_apis"],
  );
});

test("the company's example has a tool of every type and nothing to warn of", async (context) => {
  const home = await homeFor(context);
  const flags = { config: resolve("examples/company.json") };
  const { config, warnings } = await loaded(home, { flags });
  const used = new Set(config.tools.map(({ type }) => type));
  assert.deepEqual(used, new Set(["shell", "bash", "python", "jq", "docker"]));
  assert.deepEqual(warnings, []);
});

const SNIPPETS: readonly object[] = [
  { api_key: "your-kubiya-api-key", enable_runners: true, allow_platform_apis: false },
  {
    whitelisted_tools: [
      {
        name: "kubectl",
        description: "Kubernetes commands",
        type: "docker",
        image: "kubiya/kubectl-light:latest",
      },
      {
        name: "terraform",
        description: "Infrastructure as code",
        type: "docker",
        image: "hashicorp/terraform:latest",
      },
    ],
  },
  {
    roles: {
      developer: {
        permissions: ["tools:execute", "tools:list", "runners:read"],
        allowed_tools: ["kubectl", "docker", "git"],
      },
      admin: { permissions: ["*"], allowed_tools: ["*"] },
    },
  },
  { allowed_ips: ["192.168.1.0/24", "10.0.0.0/8"] },
  { whitelisted_tools: ["kubectl", "terraform"] },
];

for (const file of SNIPPETS) {
  test(`the page's ${Object.keys(file).join(", ")} loads as printed, without a warning`, async (context) => {
    const { warnings } = await loaded(await homeFor(context), { file });
    assert.deepEqual(warnings, []);
  });
}

test("an example names the schema where an editor finds it", async () => {
  const { $schema } = JSON.parse(await readFile("examples/company.json", "utf8"));
  const schema = JSON.parse(await readFile(join("examples", $schema), "utf8"));
  assert.equal(schema.title, "ConfigFile");
});
