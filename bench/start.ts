import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Row, spread } from "./measure.ts";
import { benchFolder } from "./world.ts";

const STARTS = 10;

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  },
});
const LIST = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/list" });

/** From the start of the compiled program to its first answer, and to its first decided one. */
export async function measureStart(): Promise<readonly Row[]> {
  const folder = benchFolder();
  const config = join(folder, "config.json");
  const tools = [{ name: "true", type: "shell" }];
  writeFileSync(
    config,
    JSON.stringify({ state_dir: join(folder, "state"), whitelisted_tools: tools }),
  );
  const first: number[] = [];
  const bare: number[] = [];
  for (let at = 0; at < STARTS; at += 1) {
    first.push(await startOnce(config));
    bare.push(await bareNode());
  }
  const [ours, node] = [spread(first), spread(bare)];
  return [
    [
      "start of `mcp serve` to the first decided list",
      `p50 ${ours.p50.toFixed(0)} ms; ${(ours.p50 / node.p50).toFixed(1)} times a bare start of Node (${node.p50.toFixed(0)} ms)`,
      "300 ms",
    ],
  ];
}

/** Milliseconds from the start of a server to its first decided list. */
export function startOnce(config: string): Promise<number> {
  const started = performance.now();
  const args = [resolve("dist/main.js"), "mcp", "serve", "--config", config];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.write(`${INITIALIZE}\n${LIST}\n`);
  return new Promise((answered, refused) => {
    let seen = "";
    child.stdout.on("data", (chunk) => {
      seen += String(chunk);
      if (!seen.includes('"id":2')) return;
      child.stdin.end();
      answered(performance.now() - started);
    });
    child.once("exit", () => refused(new Error("the server ended without an answer")));
  });
}

function bareNode(): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  return new Promise((ended) => {
    child.once("exit", () => ended(performance.now() - started));
  });
}
