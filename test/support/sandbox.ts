import { execFileSync } from "node:child_process";

/**
 * Why there is no sandbox here, and false where there is one. With CI=true its absence is a failure, not a
 * reason.
 */
export function whyNoSandbox(): string | false {
  try {
    const words = ["--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--", "true"];
    execFileSync("bwrap", words, { stdio: "ignore", timeout: 20_000 });
    return false;
  } catch (thrown) {
    if (process.env["CI"] === "true") throw thrown;
    return "no bubblewrap that may make namespaces: apt-get install bubblewrap";
  }
}
