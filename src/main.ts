#!/usr/bin/env node
// The way in and the only way out. Nothing is imported before the version of Node is known: an older one
// could not even read the rest, and would answer with a stack.

import process from "node:process";

const NEEDED = 24;
const major = Number(process.versions.node.split(".")[0]);

if (major < NEEDED) {
  process.stderr.write(
    `kubiya needs Node ${NEEDED} or later, and this is ${process.versions.node}; in a checkout, \`make setup\` installs it.\n`,
  );
  process.exit(2);
}

// stdout carries the answer, or the protocol, and nothing else: whatever a library says goes to stderr.
// Its own object is changed, not replaced: a library may hold it already.
const { Console } = await import("node:console");
Object.assign(console, new Console({ stdout: process.stderr, stderr: process.stderr }));

// Who no longer reads is gone; what still runs is ended by the closed input.
// A disk that is full swallows an answer that is shown once: that is no success.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.exit(4);
});
process.stderr.on("error", () => {});

const ON = /^(?:true|1|yes|on)$/i;
const debug =
  process.argv.includes("--debug") ||
  [process.env["DEBUG"], process.env["KUBIYA_DEBUG"]].some((word) => ON.test(word ?? ""));
let hide = (text: string): string => text;

/** What nobody expected is one line, and a stack where somebody looks for it. */
function fail(thrown: unknown): never {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const said = debug ? `${error.stack}` : `${error.message} (--debug shows where)`;
  process.stderr.write(`kubiya failed: ${hide(said)}\n`);
  process.exit(4);
}
process.on("uncaughtException", fail);

const { homedir } = await import("node:os");
try {
  const { run } = await import("./compose/run.ts");
  const code = await run({
    argv: process.argv.slice(2),
    environment: process.env,
    home: homedir(),
    platform: process.platform,
    self: {
      program: process.execPath,
      node: process.versions.node,
      words: process.argv.slice(1, 2),
    },
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    hideWith: (text) => {
      hide = text;
    },
    onEnd: (end) => {
      process.once("SIGTERM", end);
      process.once("SIGINT", end);
    },
  });
  // An answer that is still on its way through a pipe would be cut by an exit.
  process.stdout.write("", () => process.exit(code));
} catch (thrown) {
  fail(thrown);
}
