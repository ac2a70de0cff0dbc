// One `opa run --server` on a socket in a folder of its own: it is asked what the compiled module is asked.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { join, resolve } from "node:path";
import { json } from "node:stream/consumers";
import { until } from "../support/server.ts";
import { inFolder } from "./module.ts";

/** What is asked: facts differ from question to question. */
export interface Question {
  readonly entrypoint: "call" | "list" | "manage";
  readonly facts: object;
  readonly input: object;
}

/** The decisions of `opa` on these, in their order. */
export type AskOpa = (questions: readonly Question[]) => Promise<readonly unknown[]>;

const ENTRYPOINTS = ["call", "list", "manage"];

/** A rule each: `with` takes no package that is known only when it is asked. */
const ASKED = `package asked

answers := [answer(question) | some question in input.questions]
${ENTRYPOINTS.map(
  (entrypoint) => `
answer(question) := decision if {
	question.entrypoint == "${entrypoint}"
	decision := data.kubiya.${entrypoint}.decision with input as question.input with data.facts as question.facts
}
`,
).join("")}`;

/** Lets work ask the built-in policies in `opa`; the server is ended after it. */
export async function withOpa(work: (ask: AskOpa) => Promise<void>): Promise<void> {
  await inFolder({ "asked.rego": ASKED }, async (dir) => {
    const socketPath = join(dir, "opa.sock");
    const served = ["--addr", `unix://${socketPath}`, "--log-level", "error"];
    const files = [resolve("policies/kubiya"), join(dir, "asked.rego")];
    const child = spawn(resolve(".tools/opa"), ["run", "--server", ...served, ...files], {
      stdio: "ignore",
    });
    const exited = once(child, "exit");
    try {
      await until(async () => (await post(socketPath, { questions: [] })) !== null, 20_000);
      await work(async (questions) => {
        const { result } = Object(await post(socketPath, { questions }));
        return Array.isArray(result) ? result : assert.fail("opa has no answer");
      });
    } finally {
      child.kill();
      await exited;
    }
  });
}

/** The answer to a query; null where nobody listens. */
async function post(socketPath: string, input: object): Promise<unknown> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<unknown>();
  const options = { socketPath, path: "/v1/data/asked/answers", method: "POST", timeout: 60_000 };
  const asked = request(options, (response) => void json(response).then(settle, reject));
  asked.on("error", () => settle(null));
  asked.end(JSON.stringify({ input }));
  return promise;
}
