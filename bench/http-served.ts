import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { keyIn } from "../test/support/keys.ts";
import { benchFolder } from "./world.ts";

/** A server in a process of its own. */
export interface Served {
  readonly url: string;
  /** What its process has used so far, in microseconds. */
  readonly cpu: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Needs a container, and there is no engine: permitted, recorded twice, and nothing is started. */
export const UNSTARTABLE = "box";
/** Is on a runner that nobody knows: visible, and denied. */
export const DENIED = "far";

/** Our server as it is built, where callers must authenticate; and the key of one. */
export async function serveOurs(): Promise<Served & { readonly key: string }> {
  const state = join(benchFolder(), "state");
  const key = await keyIn(state);
  const served = await serve({
    state_dir: state,
    require_auth: true,
    container_engine: "none",
    whitelisted_tools: [
      { name: UNSTARTABLE, image: "alpine", content: "true" },
      { name: DENIED, type: "shell", content: "true", runner: "elsewhere" },
    ],
  });
  return { ...served, key };
}

/** Our server as it is built, under this configuration. */
export function serve(config: object): Promise<Served> {
  const file = join(benchFolder(), "config.json");
  writeFileSync(file, JSON.stringify(config));
  return start([resolve("dist/main.js"), "mcp", "serve", "--config", file, "--port", "0"]);
}

/** One of those that ours is compared with; one of them needs a file to write, one an address to call. */
export function servePeer(
  name: "sdk" | "many" | "through" | "node" | "trail",
  given: string = join(benchFolder(), "trail"),
): Promise<Served> {
  return start([resolve("bench/http-peer.ts"), name, given]);
}

/** A proxy of Node alone, to this address. */
export function serveProxy(target: string): Promise<Served> {
  return start([resolve("bench/proxy-peer.ts"), target]);
}

async function start(args: readonly string[]): Promise<Served> {
  const reporting = ["--import", resolve("bench/report-cpu.ts"), ...args];
  const child = spawn(process.execPath, reporting, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const url = await new Promise<string>((listening, refused) => {
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said += String(chunk);
      const [, where] = /^listening on (\S+)$/m.exec(said) ?? [];
      if (where !== undefined) listening(where);
    });
    child.once("exit", () => refused(new Error(`a server ended: ${said}`)));
  });
  return {
    url,
    cpu: async () => {
      child.send("how much");
      const [micros] = await once(child, "message");
      return Number(micros);
    },
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
