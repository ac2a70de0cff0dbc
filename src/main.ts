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

const { homedir } = await import("node:os");
try {
  const { run } = await import("./compose/run.ts");
  const code = await run({
    argv: process.argv.slice(2),
    environment: process.env,
    home: homedir(),
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onEnd: (end) => {
      process.once("SIGTERM", end);
      process.once("SIGINT", end);
    },
  });
  // An answer that is still on its way through a pipe would be cut by an exit.
  process.stdout.write("", () => process.exit(code));
} catch (thrown) {
  const debug = process.argv.includes("--debug");
  const said = thrown instanceof Error ? (debug ? thrown.stack : thrown.message) : String(thrown);
  process.stderr.write(`kubiya failed: ${said}${debug ? "" : " (--debug shows where)"}\n`);
  process.exit(4);
}
