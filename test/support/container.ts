// A container engine with an image that needs no registry: a folder with busybox, imported. Image and
// containers carry the number of this process, so that test files can run side by side.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The image that the tests of this process run. */
export const IMAGE: string = `localhost/kubiya-test-${process.pid}:latest`;

const APPLETS = ["sh", "echo", "printf", "cat", "sleep", "env", "ls", "touch", "id", "ulimit"];

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

let ids = 0;

/** A name that no other container has. */
export function newContainerId(): string {
  ids += 1;
  return `test-${process.pid}-${ids}`;
}

/** The containers of this process that are there, running or not. */
export function containers(): readonly string[] {
  const ours = `name=^kubiya-test-${process.pid}-`;
  const args = ["ps", "--all", "--filter", "label=ai.kubiya.run", "--filter", ours];
  const names = execFileSync("podman", [...args, "--format", "{{.Names}}"], {
    encoding: "utf8",
    timeout: 20_000,
  });
  return names.split("\n").filter((name) => name !== "");
}

function importImage(): void {
  const folder = mkdtempSync(join(tmpdir(), "kubiya-image-"));
  try {
    for (const inner of ["bin", "tmp", "etc"]) mkdirSync(join(folder, inner));
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
