import assert from "node:assert/strict";
import { test } from "node:test";
import { createErrorLines } from "../../../../src/tools/upstream/line/error-lines.ts";
import { LIMITS } from "../../../../src/tools/upstream/limits.ts";

const NODE = `node:internal/modules/esm/resolve:283
    throw new ERR_MODULE_NOT_FOUND(
          ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'zod' imported from /srv/index.js
    at packageResolve (node:internal/modules/esm/resolve:283:9)
    at moduleResolve (node:internal/modules/esm/resolve:800:18) {
  code: 'ERR_MODULE_NOT_FOUND'
}

Node.js v24.21.0`;

const NODE_CAUSE = `/srv/index.js:1
throw new Error("cannot start", { cause });
^

Error: cannot start
    at file:///srv/index.js:1:7 {
  [cause]: TypeError: fetch failed
      at node:internal/deps/undici/undici:14900:13
}

Node.js v24.21.0`;

const PYTHON = `Traceback (most recent call last):
  File "/srv/server.py", line 3, in <module>
    import mcp
ModuleNotFoundError: No module named 'mcp'`;

const PYTHON_LOGS = `Error: one of long ago
${Array.from({ length: 40 }, (_, at) => `INFO request ${at}`).join("\n")}
Shutting down`;

for (const [what, said, last] of [
  ["Node, which says its version last", NODE, /^Error \[ERR_MODULE_NOT_FOUND\]: Cannot find pack/],
  ["Node with a cause", NODE_CAUSE, /^\[cause\]: TypeError: fetch failed$/],
  ["Python", PYTHON, /^ModuleNotFoundError: No module named 'mcp'$/],
  ["plain text", "starting\nno API key is set\n\n", /^no API key is set$/],
  ["plain text that names an error", "error: no API key\nsee --help", /^error: no API key$/],
  ["an error of long ago", PYTHON_LOGS, /^Shutting down$/],
  ["a line that only speaks of errors", "0 errors: all is well\nbye", /^bye$/],
  ["nothing", "", /^$/],
] as const) {
  test(`of what is last said by ${what} the line that says most is told`, () => {
    const lines = linesOf();
    for (const line of said.split("\n")) lines.add(line);
    assert.match(lines.last(), last);
  });
}

test("what a program said before it is started again are not its last words", () => {
  const lines = linesOf();
  lines.add("Error: of the first");
  lines.begin();
  assert.equal(lines.last(), "");
});

function linesOf() {
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return createErrorLines("up", LIMITS, { log: quiet, stopwatch: () => 0 });
}
