// What the product page has a person type, as it is printed there: with the built program, in a shell whose home is
// empty. A person puts their own in the place of the page's examples.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { idOf, withKeyring } from "../support/keys.ts";
import { callText, folderFor, until } from "../support/server.ts";
import { type Shell, shellIn } from "../support/shell.ts";

const PAGE = "docs/operator.md";

/** The credentials that the page's examples stand for, in the order in which a person makes them. */
const EXAMPLES = { kbk: ["your-kubiya-api-key", "new-api-key"], kbt: ["your-temporary-token"] };

test("the commands of the page answer what the operator's page shows", async (context) => {
  const { sh } = await shellIn(await folderFor(context));
  const [, shown = ""] = /```console\n([^`]*)```/.exec(await readFile(PAGE, "utf8")) ?? [];
  const lines = [...shown.matchAll(/^\$ (.+)\n((?:(?!\$ ).*\n)*)/gm)];
  assert.ok(lines.length > 10, "there is little to type");
  const made: string[] = [];
  const environment: Record<string, string> = {};
  for (const [, printed = "", answer = ""] of lines) {
    const typed = withOwn(printed, made);
    const [, name, value] = /^export (\w+)="(.+)"$/.exec(typed) ?? [];
    const [, gone] = /^unset (\w+)$/.exec(typed) ?? [];
    if (name !== undefined && value !== undefined) environment[name] = value;
    else if (gone !== undefined) delete environment[gone];
    else {
      const ran = await sh(`exec 2>&1; ${typed}`, environment);
      const code = ran.code === 0 ? "" : `[exit ${ran.code}]\n`;
      assert.equal(masked(`${ran.stdout}${code}`), masked(answer), printed);
      made.push(...(ran.stdout.match(/^kb[kt]_\S+/) ?? []));
    }
  }
});

/** What a person types: what was made, in the place of the page's examples. */
function withOwn(printed: string, made: readonly string[]): string {
  const pairs = (["kbk", "kbt"] as const).flatMap((kind) => {
    const mine = made.filter((text) => text.startsWith(kind));
    return mine.map((text, at) => [EXAMPLES[kind][at] ?? "", text] as const);
  });
  const oldest: readonly (readonly [string, string])[] = made
    .slice(0, 1)
    .map((text) => ["old-key-id", idOf(text)]);
  return [...pairs, ...oldest].reduce(
    (line, [example, own]) => line.replace(example, own),
    printed,
  );
}

/** Without what differs from one day to the next. */
function masked(text: string): string {
  return text
    .replaceAll(/\b(kb[kt])_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}\b/g, "$1_...")
    .replaceAll(/\b[0-9A-Za-z]{16}\b/g, "ID")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
}

const ROLES = {
  roles: {
    developer: {
      permissions: ["tools:execute", "tools:list", "runners:read"],
      allowed_tools: ["kubectl", "docker", "git"],
    },
    admin: { permissions: ["*"], allowed_tools: ["*"] },
  },
};
const ADDRESSES = { allowed_ips: ["192.168.1.0/24", "10.0.0.0/8"] };
const PROXY = { http: { trusted_proxies: ["127.0.0.0/8"] } };

type Transport = "stdio" | "HTTP";
const BOTH = ["stdio", "HTTP"] as const;
const METHOD_1 = 'export KUBIYA_API_KEY="your-kubiya-api-key"\nkubiya mcp serve';

/** What is typed under which configuration, by whose key, and which tools its holder then has; or why none. */
const ROWS: readonly {
  readonly what: string;
  readonly typed: string;
  readonly config?: object;
  readonly role?: string;
  /** Where a caller over HTTP comes from, by the word of a proxy. */
  readonly from?: string;
  readonly over: readonly Transport[];
  readonly has: readonly string[] | RegExp;
}[] = [
  { what: "API key authentication", typed: METHOD_1, over: BOTH, has: ["git", "terraform"] },
  {
    what: "session-based authentication",
    typed:
      'export KUBIYA_API_KEY="your-kubiya-api-key"\nkubiya mcp serve --production --require-auth --session-timeout 3600',
    ...{ over: BOTH, has: ["git", "terraform"] },
  },
  {
    what: "token-based authentication",
    typed: 'export KUBIYA_AUTH_TOKEN="your-temporary-token"\nkubiya mcp serve --require-auth',
    ...{ over: BOTH, has: ["git", "terraform"] },
  },
  {
    what: "the role of a developer",
    ...{ typed: METHOD_1, config: ROLES, role: "developer", over: BOTH, has: ["git"] },
  },
  {
    what: "the role of an admin",
    ...{ typed: METHOD_1, config: ROLES, role: "admin", over: BOTH, has: ["git", "terraform"] },
  },
  {
    what: "an address that is not allowed",
    ...{ typed: METHOD_1, config: ADDRESSES, over: ["HTTP"] },
    has: /Insufficient permissions: .*address/,
  },
  {
    what: "an address that is allowed",
    ...{ typed: METHOD_1, config: { ...ADDRESSES, ...PROXY }, from: "10.1.2.3", over: ["HTTP"] },
    has: ["git", "terraform"],
  },
  {
    what: "allowed addresses, which are not asked for",
    ...{ typed: METHOD_1, config: ADDRESSES, over: ["stdio"], has: ["git", "terraform"] },
  },
];

for (const { what, typed, config = {}, role, from, over, has } of ROWS) {
  for (const transport of over) {
    test(`as on the page over ${transport}: ${what}`, async (context) => {
      const folder = await folderFor(context);
      const shell = await shellIn(folder);
      const state_dir = join(folder, "state");
      await mkdir(join(folder, ".kubiya"));
      await writeFile(
        join(folder, ".kubiya", "mcp-server.json"),
        JSON.stringify({
          state_dir,
          whitelisted_tools: [echo("git"), echo("terraform")],
          ...config,
        }),
        { mode: 0o600 },
      );
      const made: string[] = [];
      await withKeyring(state_dir, async ({ make }) => {
        const key = await make(role === undefined ? {} : { roles: [role], permissions: null });
        made.push(key, await make({ kind: "token", user: null, parent: idOf(key) }));
      });
      const script = withOwn(typed, made);
      const [key = "", token = ""] = made;
      const headers = {
        authorization: `Bearer ${typed.includes("TOKEN") ? token : key}`,
        ...(from !== undefined && { "x-forwarded-for": from }),
      };
      const client = new Client({ name: "test", version: "1" });
      context.after(() => client.close());
      const listed = async (): Promise<readonly string[]> => {
        await client.connect(
          transport === "stdio"
            ? stdioOf(script, shell)
            : await httpOf(script, headers, { context, shell }),
        );
        return (await client.listTools()).tools.map(({ name }) => name);
      };
      if (has instanceof RegExp) return assert.rejects(listed(), has);
      assert.deepEqual(await listed(), has);
      for (const name of has) {
        assert.equal((await callText(client, name)).text, `${name} ran\n`);
      }
    });
  }
}

function echo(name: string): object {
  return { name, type: "shell", content: `echo ${name} ran` };
}

function stdioOf(script: string, { environment: env }: Shell): StdioClientTransport {
  return new StdioClientTransport({
    ...{ command: "sh", args: ["-ec", script], env: { ...env }, stderr: "ignore" },
  });
}

/** The same line with a port. */
async function httpOf(
  script: string,
  headers: Record<string, string>,
  {
    context,
    shell: { environment: env },
  }: { readonly context: TestContext; readonly shell: Shell },
): Promise<StreamableHTTPClientTransport> {
  const line = script.replace(/^kubiya .*$/m, "exec $& --port 0");
  const child = spawn("sh", ["-ec", line], { env, stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  context.after(() => {
    child.kill("SIGTERM");
    return exited;
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const address = (): string | undefined => /^listening on (\S+)$/m.exec(stderr)?.[1];
  await until(() => address() !== undefined || child.exitCode !== null, 20_000);
  const url = new URL(`${address() ?? assert.fail(stderr)}/mcp`);
  return new StreamableHTTPClientTransport(url, { requestInit: { headers } });
}
