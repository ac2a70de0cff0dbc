// The files that clients are told of servers in, as they are printed for an operator: read as each client reads
// its own, with a key and an address in the place of the examples.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { GREET, listen } from "../support/http.ts";
import { inspect } from "../support/inspector.ts";
import { keyIn } from "../support/keys.ts";
import { callText, folderFor } from "../support/server.ts";
import { shellIn } from "../support/shell.ts";

const CLAUDE = "examples/clients/claude_desktop_config.json";
const VS_CODE = "examples/clients/mcp.json";
const KEY = "your-kubiya-api-key";
const ADDRESS = "https://mcp.example.com/mcp";
const HELLO = { text: "hello ada\n", isError: false };

/** A home with a server's configuration and a key, in which `kubiya` is a program, and a server over HTTP beside it. */
async function deskFor(context: TestContext) {
  const folder = await folderFor(context);
  const state = join(folder, "state");
  const shell = await shellIn(folder);
  await mkdir(join(folder, ".kubiya"));
  const config = { state_dir: state, require_auth: true, whitelisted_tools: [GREET] };
  await writeFile(join(folder, ".kubiya", "mcp-server.json"), JSON.stringify(config));
  // What is installed is what is run: nothing is fetched.
  await writeFile(join(folder, ".npmrc"), "offline=true\n");
  const { url } = await listen(context, folder, { require_auth: true });
  return { folder, ...shell, address: `${url}/mcp`, key: await keyIn(state) };
}

/** What is printed for clients that read `mcpServers`, and a server in it. */
const PRINTED: readonly (readonly [string, string, () => Promise<string>])[] = [
  ["Claude Desktop's file", "kubiya", () => readFile(CLAUDE, "utf8")],
  ["Claude Desktop's file", "kubiya-http", () => readFile(CLAUDE, "utf8")],
  ["the engineer's page, of a program,", "kubiya", () => snippetOf(0)],
  ["the engineer's page, of an address,", "kubiya", () => snippetOf(1)],
];

async function snippetOf(at: number): Promise<string> {
  const page = await readFile("docs/engineer.md", "utf8");
  const [, snippet = ""] = [...page.matchAll(/```json\n([^`]*)```/g)][at] ?? [];
  return snippet;
}

for (const [what, name, read] of PRINTED) {
  test(`${what} connects a client with ${name}`, async (context) => {
    const { folder, environment, address, key } = await deskFor(context);
    const printed = await read();
    const file = join(folder, "client.json");
    await writeFile(file, printed.replaceAll(KEY, key).replaceAll(ADDRESS, address));
    const ran = await inspect(
      [
        ...["--config", file, "--server", name],
        ...["--method", "tools/call", "--tool-name", "greet", "--tool-arg", "who=ada"],
      ],
      { home: folder, path: environment.PATH },
    );
    assert.deepEqual([ran.code, ran.stderr], [0, ""]);
    assert.equal(JSON.parse(ran.stdout).content[0].text, HELLO.text);
  });
}

/** A server as VS Code's file names it. */
type Server =
  | {
      readonly type: "stdio";
      readonly command: string;
      readonly args: string[];
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly type: "http"; readonly url: string; readonly headers: Record<string, string> };

for (const name of ["kubiya", "kubiyaHttp"]) {
  test(`VS Code's file connects a client with ${name}`, async (context) => {
    const { environment, address, key } = await deskFor(context);
    const printed = (await readFile(VS_CODE, "utf8")).replaceAll(ADDRESS, address);
    const { inputs } = JSON.parse(printed);
    const [{ id, ...asked }] = inputs;
    assert.deepEqual([inputs.length, asked.type, asked.password], [1, "promptString", true]);
    // VS Code asks for an input once, hides what is typed, and puts it where the file names the input.
    const filled = printed.replaceAll(`\${input:${id}}`, key);
    assert.doesNotMatch(filled, /\$\{/);
    const server: Server = JSON.parse(filled).servers[name];
    const client = new Client({ name: "test", version: "1" });
    await client.connect(
      server.type === "stdio"
        ? new StdioClientTransport({
            ...{ command: server.command, args: server.args, stderr: "ignore" },
            env: { ...environment, ...server.env },
          })
        : new StreamableHTTPClientTransport(new URL(server.url), {
            requestInit: { headers: server.headers },
          }),
    );
    context.after(() => client.close());
    assert.deepEqual(await callText(client, "greet", { who: "ada" }), HELLO);
  });
}

test("the operator's page prints the files as they are", async () => {
  const page = await readFile("docs/operator.md", "utf8");
  for (const file of [CLAUDE, VS_CODE]) {
    assert.ok(page.includes(await readFile(file, "utf8")), file);
  }
});
