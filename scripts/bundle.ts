// Builds bundles/kubiya.tar.gz from policies/: never optimised (`opa build -O` folds absent facts away),
// without tests, and with the digest of its sources as its revision. Two builds are byte-equal.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const POLICIES = "policies";
const OUTPUT = resolve(process.argv[2] ?? "bundles/kubiya.tar.gz");
const ENTRYPOINTS = ["admit", "alerts", "call", "list", "manage", "mask", "read"];

mkdirSync(join(OUTPUT, ".."), { recursive: true });
execFileSync(
  resolve(".tools/opa"),
  [
    ...["build", "--target", "wasm", "--bundle", ".", "--output", OUTPUT],
    ...["--ignore", "*_test.rego", "--prune-unused", "--capabilities", "capabilities.json"],
    ...["--revision", revision()],
    ...ENTRYPOINTS.flatMap((name) => ["--entrypoint", `kubiya/${name}/decision`]),
  ],
  { cwd: POLICIES, stdio: ["ignore", "inherit", "inherit"], timeout: 60_000 },
);

/** The digest of what the bundle is made of: names and contents. */
function revision(): string {
  const hash = createHash("sha256");
  const names = readdirSync(join(POLICIES, "kubiya"), { recursive: true, encoding: "utf8" });
  for (const name of names.toSorted()) {
    if (!name.endsWith(".rego") || name.endsWith("_test.rego")) continue;
    hash.update(name).update("\0");
    hash.update(readFileSync(join(POLICIES, "kubiya", name))).update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}
