// A container engine with an image that needs no registry: a folder with busybox, imported.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The image that the tests run. */
export const IMAGE = "localhost/kubiya-test:latest";

const APPLETS = [
  "sh",
  "echo",
  "cat",
  "sleep",
  "id",
  "env",
  "ls",
  "touch",
  "hostname",
  "ip",
  "wget",
];

/**
 * Makes the image; gives why there is none, and false where there is one. With CI=true the absence of an
 * engine is a failure, not a reason.
 */
export function whyNoContainers(): string | false {
  try {
    execFileSync("podman", ["version"], { stdio: "ignore", timeout: 20_000 });
    importImage();
    return false;
  } catch (thrown) {
    if (process.env["CI"] === "true") throw thrown;
    return "no container engine: apt-get install podman runc busybox-static";
  }
}

/** Removes the image. */
export function removeImage(): void {
  execFileSync("podman", ["rmi", "--force", IMAGE], { stdio: "ignore", timeout: 60_000 });
}

/** The containers of ours that are there, running or not. */
export function containers(): readonly string[] {
  const args = ["ps", "--all", "--filter", "label=ai.kubiya.run", "--format", "{{.Names}}"];
  const names = execFileSync("podman", args, { encoding: "utf8", timeout: 20_000 });
  return names.split("\n").filter((name) => name !== "");
}

function importImage(): void {
  const folder = mkdtempSync(join(tmpdir(), "kubiya-image-"));
  try {
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "tmp"));
    copyFileSync("/bin/busybox", join(folder, "bin", "busybox"));
    for (const applet of APPLETS) symlinkSync("busybox", join(folder, "bin", applet));
    const archive = execFileSync("tar", ["-C", folder, "-cf", "-", "."], {
      maxBuffer: 64 * 1024 * 1024,
    });
    execFileSync("podman", ["import", "-", IMAGE], {
      input: archive,
      stdio: ["pipe", "ignore", "ignore"],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
