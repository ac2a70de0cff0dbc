// The program with one more source, for clients that start it themselves.

import { run } from "../../src/compose/run.ts";
import { createConformanceSource } from "./source.ts";

process.exitCode = await run(
  {
    argv: process.argv.slice(2),
    environment: process.env,
    home: "/nowhere",
    platform: process.platform,
    self: { program: process.execPath, node: "24.0.0", words: [] },
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    hideWith: () => {},
    onEnd: (end) => void process.once("SIGTERM", end),
  },
  [createConformanceSource(async () => {})],
);
process.exit();
