import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { faults, homeFor, loaded } from "./world.ts";

const tool = (fields: object): object => ({ whitelisted_tools: [{ name: "t", ...fields }] });
const script = (arg: object): object => tool({ content: "true", args: [arg] });
const AT = "whitelisted_tools[0]";

/** What is written, and the one fault that it has: field, message, mend. */
const FAULTS: readonly (readonly [object, string, RegExp, RegExp])[] = [
  [{ require_auht: true }, "require_auht", /is no field/, /^did you mean require_auth\?$/],
  [
    { wholly_other_thing: 1 },
    "wholly_other_thing",
    /is no field/,
    /^known here: \$schema, api_key/,
  ],
  [{ limits: { tool_timeot: 1 } }, "limits.tool_timeot", /is no field/, /tool_timeout\?$/],
  [{ limits: { burst: 5 } }, "limits.burst", /^limits nothing by itself$/, /requests_per_second/],
  [
    { require_auth: "yes" },
    "require_auth",
    /^must be a boolean, and is the string "yes"$/,
    /present a credential/,
  ],
  [{ require_auth: null }, "require_auth", /and is null$/, /./],
  [
    { session_timeout: "soon" },
    "session_timeout",
    /^must be an integer, and is the string "soon"$/,
    /seconds/,
  ],
  [{ session_timeout: 1.5 }, "session_timeout", /^must be an integer, and is the number 1.5$/, /./],
  [{ session_timeout: 0 }, "session_timeout", /^must be >= 1, and is the number 0$/, /./],
  [{ session_timeout: -1 }, "session_timeout", />= 1/, /./],
  [{ api_key: 12_345_678 }, "api_key", /^must be a string, and is a number$/, /./],
  [{ api_key: "" }, "api_key", /fewer than 1/, /./],
  [{ jwt: { issuer: "https://i.example" } }, "jwt.audience", /^is missing$/, /for anybody/],
  [{ jwt: { audience: "kubiya" } }, "jwt.issuer", /^is missing$/, /tokens of anybody/],
  [
    { jwt: { issuer: "https://i.example", audience: "a", jwks_uri: "http://i.example/keys" } },
    "jwt.jwks_uri",
    /^is no https address$/,
    /this machine alone/,
  ],
  [{ jwt: { issuer: "i.example", audience: "a" } }, "jwt.issuer", /^is no https address$/, /./],
  [{ allowed_ips: "10.0.0.0/8" }, "allowed_ips", /^must be an array, and is the string/, /./],
  [
    { allowed_ips: ["10.1.0.0/8"] },
    "allowed_ips[0]",
    /^10.1.0.0\/8 has host bits set; its network is 10.0.0.0\/8$/,
    /10.0.0.0\/8/,
  ],
  [{ allowed_ips: ["::1/128", "garbage"] }, "allowed_ips[1]", /^garbage is no network$/, /./],
  [
    { allowed_runners: ["a*b"] },
    "allowed_runners[0]",
    /^is the string "a\*b", which has another form$/,
    /ending in `\*`/,
  ],
  [{ allowed_runners: [""] }, "allowed_runners[0]", /fewer than 1/, /./],
  [
    { roles: { r: { permissions: [], allowed_tools: ["*x"] } } },
    "roles.r.allowed_tools[0]",
    /another form/,
    /ending in/,
  ],
  [
    { roles: { r: { permissions: ["tools:exec"] } } },
    "roles.r.permissions[0]",
    /tools:exec/,
    /tools:execute, tools:list/,
  ],
  [{ roles: { r: {} } }, "roles.r.permissions", /^is missing$/, /./],
  [
    { roles: { r: { permissions: [], allow_tools: [] } } },
    "roles.r.allow_tools",
    /is no field/,
    /allowed_tools\?/,
  ],
  [{ container_engine: "nerdctl" }, "container_engine", /nerdctl/, /auto, docker, podman, none/],
  [{ whitelisted_tools: [7] }, AT, /^must be a name or a tool, and is the number 7$/, /./],
  [{ whitelisted_tools: [""] }, AT, /fewer than 1/, /./],
  [{ whitelisted_tools: [{}] }, `${AT}.name`, /^is missing$/, /./],
  [tool({ name: "two words" }), `${AT}.name`, /another form/, /letters, digits/],
  [tool({ imag: "busybox" }), `${AT}.imag`, /is no field/, /^did you mean image\?$/],
  [tool({ type: "ruby" }), `${AT}.type`, /ruby/, /shell, bash, python, jq, docker/],
  [tool({ type: "docker" }), `${AT}.image`, /needs one/, /name the image/],
  [tool({ args: [{ name: "a" }] }), `${AT}.args`, /only a script/, /`content`/],
  [
    { whitelisted_tools: [{ name: "t" }, "u", { name: "t" }] },
    "whitelisted_tools[2].name",
    /another tool is called t/,
    /rename/,
  ],
  [tool({ description: "safe\u202Egnp" }), `${AT}.description`, /bidirectional/, /./],
  [tool({ description: "safe\u{E0041}" }), `${AT}.description`, /invisible/, /plain text/],
  [tool({ description: "a\r\n" }), `${AT}.description`, /control/, /./],
  [script({ name: "a", description: "safe\u200B" }), `${AT}.args[0].description`, /invisible/, /./],
  [
    script({ name: "a", options: ["x", "y\u202E"] }),
    `${AT}.args[0].options[1]`,
    /bidirectional/,
    /./,
  ],
  [script({ name: "a", default: "\u001B[8m" }), `${AT}.args[0].default`, /control/, /./],
  [
    script({ name: "a", type: "object", options: [{ "\u2066": [] }] }),
    `${AT}.args[0].options[0]`,
    /bidirectional/,
    /./,
  ],
  [tool({ with_files: [{ path: "a" }] }), `${AT}.with_files[0]`, /`content` or `source`/, /./],
  [
    tool({ with_files: [{ path: "../a", content: "" }] }),
    `${AT}.with_files[0].path`,
    /not where/,
    /relative/,
  ],
  [
    tool({ with_files: [{ path: "/etc/a", content: "" }] }),
    `${AT}.with_files[0].path`,
    /not where/,
    /./,
  ],
  [
    tool({
      with_files: [
        { path: "a/b", content: "" },
        { path: "./a", content: "" },
      ],
    }),
    `${AT}.with_files[0].path`,
    /a\/b is below another file, \.\/a/,
    /rename/,
  ],
  [
    tool({ with_volumes: [{ source: "/a", path: "/b" }] }),
    `${AT}.with_volumes`,
    /only a container/,
    /image/,
  ],
  [script({ name: "1a" }), `${AT}.args[0].name`, /another form/, /./],
  [
    script({ name: "a", type: "integer", default: "1" }),
    `${AT}.args[0].default`,
    /type, integer/,
    /./,
  ],
  [
    script({ name: "a", secret: true, default: "x" }),
    `${AT}.args[0]`,
    /every caller would be shown/,
    /`default` and `options`/,
  ],
  [script({ name: "a", options: ["x", 1] }), `${AT}.args[0].options[1]`, /type, string/, /./],
  [
    script({ name: "a", options: ["x"], default: "y" }),
    `${AT}.args[0].default`,
    /none of the argument's options/,
    /./,
  ],
  [
    tool({ content: "", args: [{ name: "a" }, { name: "a" }] }),
    `${AT}.args[1].name`,
    /another argument/,
    /./,
  ],
];

for (const [file, field, message, mend] of FAULTS) {
  test(`${JSON.stringify(file)} is refused at ${field}`, async (context) => {
    const home = await homeFor(context);
    const found = await faults(home, { file });
    assert.equal(found.length, 1, JSON.stringify(found));
    const [fault] = found;
    assert.deepEqual([fault?.path, fault?.field], [join(home, "config.json"), field]);
    assert.match(String(fault?.message), message);
    assert.match(String(fault?.mend), mend);
  });
}

const RESERVED = [
  ..."PATH HOME TMPDIR LANG ENV IFS SHELL SHELLOPTS PS4 CDPATH GLOBIGNORE".split(" "),
  ..."BASH BASH_ENV LD_PRELOAD DYLD_X NODE_OPTIONS PYTHONPATH PERL5LIB RUBYOPT GIT_DIR".split(" "),
  ..."KUBIYA_API_KEY path Ld_preload pythonStartup __proto__".split(" "),
];

for (const name of RESERVED) {
  test(`an argument may not be called ${name}`, async (context) => {
    const home = await homeFor(context);
    const [fault] = await faults(home, { file: script({ name }) });
    assert.match(String(fault?.message), /is reserved/);
  });
}

test("names that only resemble reserved ones may be used", async (context) => {
  const home = await homeFor(context);
  const names = ["PATHS", "my_path", "NODE", "GIT", "LDX", "basis", "_", "__PROTO__", "proto"];
  const args = names.map((name) => ({ name }));
  const { config } = await loaded(home, { file: tool({ content: "true", args }) });
  assert.deepEqual(
    config.tools[0]?.args?.map(({ name }) => name),
    names,
  );
});

test("texts that a client is shown may have lines, and letters of every language", async (context) => {
  const home = await homeFor(context);
  const description = "Grüße\n\tسلام 👩\u200D👩\u200D👧";
  const file = tool({
    content: "",
    description,
    args: [{ name: "a", description, options: ["ü"] }],
  });
  const { config } = await loaded(home, { file });
  assert.equal(config.tools[0]?.description, description);
});

test("every fault of file and environment is told at once", async (context) => {
  const home = await homeFor(context);
  const found = await faults(home, {
    file: {
      unknown_one: 1,
      session_timeout: "x",
      allowed_ips: ["10.0.0.1/8", 5],
      http: { port: "x" },
      alerts: { webhook_url: 1 },
      whitelisted_tools: [
        { name: "a", timeout: "long" },
        { name: "b", type: "docker" },
        { name: "c", content: "", args: [{ name: "PATH" }] },
        "d",
        { name: "b", image: "busybox" },
      ],
      mcpServers: {
        timed: { command: "x", timeout: "long" },
        nowhere: {},
        twofold: { command: "x", url: "https://example.com" },
        "no name": { command: "x" },
      },
    },
    environment: { LOG_LEVEL: "loud", KUBIYA_OPA_ENFORCE: "maybe", KUBIYA_API_KEY_FILE: "nope" },
  });
  assert.deepEqual(found.map(({ field }) => field).toSorted(), [
    "KUBIYA_API_KEY_FILE",
    "KUBIYA_OPA_ENFORCE",
    "LOG_LEVEL",
    "alerts.webhook_url",
    "allowed_ips[0]",
    "allowed_ips[1]",
    "http.port",
    "mcpServers.no name",
    "mcpServers.nowhere",
    "mcpServers.timed.timeout",
    "mcpServers.twofold",
    "session_timeout",
    "unknown_one",
    "whitelisted_tools[0].timeout",
    "whitelisted_tools[1].image",
    "whitelisted_tools[2].args[0].name",
    "whitelisted_tools[4].name",
  ]);
});

test("a key that stands where its file should be named is a fault, and is not shown", async (context) => {
  const key = "-----BEGIN PRIVATE KEY----- canary -----END PRIVATE KEY-----";
  const found = await faults(await homeFor(context), { file: { audit: { checkpoint_key: key } } });
  assert.deepEqual(
    found.map(({ field }) => field),
    ["audit.checkpoint_key"],
  );
  assert.doesNotMatch(JSON.stringify(found), /canary/);
});

test("no fault shows what a secret field holds", async (context) => {
  const home = await homeFor(context);
  const canary = "canary-secret";
  const found = await faults(home, {
    file: {
      api_key: [canary],
      alerts: { secret: { x: canary } },
      audit: { checkpoint_key: 7_777_777 },
      store: { postgres: [canary] },
      mcpServers: { a: { headers: { authorization: [canary] }, env: { TOKEN: 7_777_777 } } },
      whitelisted_tools: [{ name: "t", env: [`=${canary}`] }],
    },
  });
  assert.equal(found.length >= 6, true);
  assert.doesNotMatch(JSON.stringify(found), /canary|7777777/);
});
