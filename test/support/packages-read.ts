// Loaded into a program before its own files: when it ends, the packages that it read stand in a file.

import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { isMainThread } from "node:worker_threads";

const PACKAGE = /^file:.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;

const read = new Set<string>();
registerHooks({
  load: (url, context, load) => {
    const [, name] = PACKAGE.exec(url) ?? [];
    if (name !== undefined) read.add(name);
    return load(url, context);
  },
});
if (isMainThread) {
  process.on("exit", () => {
    writeFileSync(process.env["PACKAGES_READ"] ?? "", JSON.stringify([...read].toSorted()));
  });
}
