// The program itself, in this process, with one more source: its configuration, policies, keys, trail and HTTP
// front are the real ones. The suite cannot authenticate, so that a proxy on loopback does it.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import { PassThrough } from "node:stream";
import type { TestContext } from "node:test";
import { run } from "../../src/compose/run.ts";
import { portOf } from "../support/loopback.ts";
import { outsideIn } from "../support/outside.ts";
import { configIn, until } from "../support/server.ts";
import { createConformanceSource } from "./source.ts";

/** Starts the server in a folder; gives its address. */
export async function serve(context: TestContext, folder: string): Promise<string> {
  const config = await configIn(folder, { require_auth: true });
  const source = createConformanceSource(() => touch(config));
  const stderr = new PassThrough().setEncoding("utf8");
  let said = "";
  stderr.on("data", (chunk) => (said += String(chunk)));
  let end = (): void => assert.fail("it was not started");
  const onEnd = (ending: () => void): void => {
    end = ending;
  };
  const argv = ["mcp", "serve", "--config", config, "--port", "0"];
  const ended = run(outsideIn(folder, argv, { stderr, onEnd }), [source]);
  context.after(async () => {
    end();
    assert.equal(await ended, 0, said);
  });
  const address = (): string | undefined => /^listening on (\S+)$/m.exec(said)?.[1];
  await until(() => address() !== undefined, 20_000);
  return address() ?? assert.fail(said);
}

/** Writes the configuration once more, so that it is read anew and whoever listens is told. */
async function touch(config: string): Promise<void> {
  await writeFile(config, `${await readFile(config, "utf8")}\n`);
}

/** A proxy in front of a server that adds a key to each request, and nothing else; gives its address. */
export async function proxy(context: TestContext, target: string, key: string): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url = "/", rawHeaders } = incoming;
    const headers = [...rawHeaders, "Authorization", `Bearer ${key}`];
    const asked = httpRequest(new URL(url, target), { method, headers, agent: false });
    asked.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    asked.on("error", () => outgoing.destroy());
    outgoing.on("close", () => asked.destroy());
    incoming.pipe(asked);
  });
  return `http://127.0.0.1:${await portOf(context, server)}`;
}
