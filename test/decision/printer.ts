// A program for a test: policies that print, inline and in a thread. It must write nothing itself.

import assert from "node:assert/strict";
import { openEngine } from "../../src/decision/engine.ts";
import { startThread } from "../../src/decision/thread.ts";
import { buildRego, listening, loaded, must } from "./rego.ts";

const rego = `package custom
decision := true if print("a line of a policy")`;
const { module, bundle } = await loaded(await buildRego(rego, "custom/decision"));
const source = { module, data: {}, entrypoints: bundle.entrypoints };
const lines: string[] = [];
const inline = must(await openEngine(source, (line) => lines.push(line)));
assert.equal(must(await inline.ask("custom/decision", {})), true);
assert.deepEqual(lines, ["a line of a policy"]);

const heard = listening();
const thread = startThread(heard.log);
must(await thread.open(source, 5_000));
assert.equal(must(await thread.ask({ entrypoint: "custom/decision", input: {} }, 5_000)), true);
assert.equal(heard.lines.length, 1);
// The thread is not ended: it does not keep the process alive.
