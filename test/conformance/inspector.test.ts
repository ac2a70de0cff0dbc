// What a person reads who tries the server with the MCP Inspector's command line, and its exit code.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { GREET, listen } from "../support/http.ts";
import { inspect } from "../support/inspector.ts";
import { withKeyring } from "../support/keys.ts";
import { configIn, folderFor, MAIN, type Ran, recordsIn } from "../support/server.ts";

/** What comes of a request. */
interface Outcome {
  readonly code: number;
  /** What a tool says, or the tools that are listed; null where there is no answer. */
  readonly reads: RegExp | null;
  /** What is printed beside it: the Inspector's own word for the failure, and the sentence. */
  readonly error: { readonly code: string; readonly says: RegExp } | null;
}

const OUTCOMES = {
  listed: { code: 0, reads: /^deploy no_runner, greet yes$/, error: null },
  greeted: { code: 0, reads: /^hello ada\n$/, error: null },
  denied: {
    code: 5,
    reads:
      /^Insufficient permissions: The runner that this tool would use is not allowed; .+\nDecision [0-9a-f-]+$/,
    error: { code: "tool_is_error", says: /^Tool 'deploy' returned isError:true\.$/ },
  },
  not_there: {
    code: 5,
    reads: null,
    error: { code: "tool_not_found", says: /^Tool 'nope' not found on server\.$/ },
  },
  lacking: {
    code: 1,
    reads: null,
    error: {
      code: "error",
      says: /^Insufficient permissions: This needs the permission tools:execute; /,
    },
  },
  lacking_over_http: {
    code: 1,
    reads: null,
    error: { code: "error", says: /^Insufficient scope: required "tools:execute"$/ },
  },
  missing: {
    code: 1,
    reads: null,
    error: {
      code: "error",
      says: /^Authentication failed: No credential was given; set KUBIYA_API_KEY /,
    },
  },
  revoked: {
    code: 1,
    reads: null,
    error: { code: "error", says: /^Token revoked: The credential was revoked; get a new one / },
  },
  missing_over_http: {
    code: 3,
    reads: null,
    error: {
      code: "auth_required",
      says: /"message":"Authentication failed: No credential was given; set KUBIYA_API_KEY /,
    },
  },
  revoked_over_http: {
    code: 3,
    reads: null,
    error: {
      code: "auth_required",
      says: /"message":"Token revoked: The credential was revoked; get a new one /,
    },
  },
  /** While it finds out the era it keeps our words for itself. */
  not_let_in: {
    code: 3,
    reads: null,
    error: {
      code: "auth_required",
      says: /^Version negotiation failed: the server requires authorization \(HTTP 401\)$/,
    },
  },
} as const satisfies Record<string, Outcome>;

const LIST = ["--method", "tools/list"];
const call = (tool: string, ...args: readonly string[]): readonly string[] => [
  ...["--method", "tools/call", "--tool-name", tool],
  ...args.flatMap((arg) => ["--tool-arg", arg]),
];

type Held = "a key" | "a key that may only list" | "no key" | "a revoked key";

/** What is asked for, with what, and what comes of it: over HTTP, legacy and modern, and over stdio. */
const ROWS: readonly (readonly [
  string,
  Held,
  readonly string[],
  readonly [legacy: keyof typeof OUTCOMES, modern: keyof typeof OUTCOMES],
  stdio: keyof typeof OUTCOMES,
])[] = [
  ["a list", "a key", LIST, ["listed", "listed"], "listed"],
  ["a call", "a key", call("greet", "who=ada"), ["greeted", "greeted"], "greeted"],
  ["a call that is denied", "a key", call("deploy"), ["denied", "denied"], "denied"],
  ["a call of no tool", "a key", call("nope"), ["not_there", "not_there"], "not_there"],
  [
    "a call",
    "a key that may only list",
    call("greet", "who=ada"),
    ["lacking_over_http", "lacking_over_http"],
    "lacking",
  ],
  ["a list", "no key", LIST, ["missing_over_http", "not_let_in"], "missing"],
  ["a list", "a revoked key", LIST, ["revoked_over_http", "not_let_in"], "revoked"],
];

const CONFIG = {
  require_auth: true,
  allowed_runners: ["local"],
  whitelisted_tools: [
    GREET,
    { name: "deploy", type: "shell", content: "echo deployed", runner: "elsewhere" },
  ],
};

test("the Inspector is answered as a person expects", { concurrency: 2 }, async (context) => {
  const folder = await folderFor(context);
  const state = join(folder, "state");
  const { url } = await listen(context, folder, CONFIG);
  const config = await configIn(folder, CONFIG);
  const keys = new Map<Held, string>();
  await withKeyring(state, async ({ make, revoke }) => {
    keys.set("a key", await make());
    keys.set("a key that may only list", await make({ permissions: ["tools:list"] }));
    const revoked = await make();
    keys.set("a revoked key", revoked);
    await revoke("key", revoked);
  });

  /** The server as it is named on the Inspector's command line. */
  const servers = {
    HTTP: (key: string | undefined) => ({
      options: key === undefined ? [] : ["--header", `Authorization: Bearer ${key}`],
      target: [`${url}/mcp`],
    }),
    stdio: (key: string | undefined) => ({
      options: key === undefined ? [] : ["-e", `KUBIYA_API_KEY=${key}`],
      target: [process.execPath, MAIN, "mcp", "serve", "--config", config],
    }),
  };
  const cells = ROWS.flatMap(([asks, held, args, [legacy, modern], stdio]) =>
    (
      [
        ["HTTP", "legacy", legacy],
        ["HTTP", "modern", modern],
        ["stdio", "legacy", stdio],
        ["stdio", "modern", stdio],
      ] as const
    ).map(([transport, era, outcome]) =>
      context.test(`${asks} with ${held} over ${transport}, ${era}`, async () => {
        const { options, target } = servers[transport](keys.get(held));
        const line = [...options, "--protocol-era", era, ...args, "--", ...target];
        const ran = await inspect(line, { home: folder });
        assertOutcome(ran, OUTCOMES[outcome]);
        for (const key of keys.values()) {
          assert.equal(`${ran.stdout}${ran.stderr}`.includes(key.slice(-43)), false);
        }
      }),
    ),
  );
  await Promise.all(cells);

  const ran = (await recordsIn(state)).filter(({ result }) => result === "success");
  const tools = ran.flatMap(({ action, tool_name: tool }) =>
    action === "execute_tool" ? [tool] : [],
  );
  assert.deepEqual(tools, ["greet", "greet", "greet", "greet"]);
});

function assertOutcome({ code, stdout, stderr }: Ran, { reads, error, ...wanted }: Outcome): void {
  assert.equal(code, wanted.code, stdout + stderr);
  if (reads === null) assert.equal(stdout, "");
  else assert.match(readOf(JSON.parse(stdout)), reads);
  if (error === null) assert.equal(stderr, "");
  else {
    const { error: told } = JSON.parse(stderr);
    assert.equal(told.code, error.code);
    assert.match(told.message, error.says);
  }
}

/** A list as its names, each with whether it may be called; an answer as its text. */
function readOf(answer: {
  readonly tools?: readonly {
    readonly name: string;
    readonly _meta: Readonly<Record<string, string>>;
  }[];
  readonly content?: readonly { readonly text: string }[];
}): string {
  const listed = answer.tools?.map(({ name, _meta }) => `${name} ${_meta["kubiya.ai/access"]}`);
  return listed?.join(", ") ?? answer.content?.map(({ text }) => text).join("") ?? "";
}
