import { stat } from "node:fs/promises";
import type { EngineSeen } from "../runners/types.ts";
import { type Examined, fail, type Found, ok, warn } from "./doctor-found.ts";

/** An older one does not get here: the program ends before, with the version that it needs. */
export async function lookAtNode({ host }: Examined): Promise<readonly Found[]> {
  return [ok(`Node ${host.self.node}`)];
}

/** A bundle needs none. */
export async function lookAtOpa({ host, config }: Examined): Promise<readonly Found[]> {
  const version = await host.opaVersion();
  if (version.ok) return [ok(`opa ${version.value}`)];
  const { policies } = config;
  const compiles = policies.enabled && (await isFolder(policies.path));
  return version.failure.faults.map(({ message, mend }) =>
    compiles ? fail(message, mend) : warn(`${message} (nothing needs it now)`, mend),
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** One that answers is enough; where no tool has an image none is needed. */
export async function lookAtEngine({ host, config }: Examined): Promise<readonly Found[]> {
  const needing = config.tools.flatMap(({ name, image }) => (image === undefined ? [] : [name]));
  const judge = needing.length === 0 ? warn : fail;
  const needed = needing.length === 0 ? "no tool needs one now" : `needed by ${needing.join(", ")}`;
  if (config.container_engine === "none") {
    if (needing.length === 0) return [ok("none, as configured")];
    return [fail(`container_engine is none, and one is ${needed}`, "set container_engine to auto")];
  }
  const seen = await host.lookAtEngines(config);
  const answering = seen.find(({ is }) => is === "answers");
  if (answering !== undefined) return [ok(`${answering.engine} answers`)];
  const there = seen.filter(({ is }) => is !== "missing");
  if (there.length === 0) {
    const names = seen.map(({ engine }) => engine).join(" or ");
    const mend = `install ${names}, or put it on the PATH of the server`;
    return [judge(`no ${names} on the PATH (${needed})`, mend)];
  }
  return there.map((one) => {
    const what = one.is === "forbidden" ? "may not be used" : "does not answer";
    return judge(`${one.engine} ${what} (${needed}): ${one.said}`, mendOf(one));
  });
}

/** Tried as a server tries it, where a tool asks to be confined. */
export async function lookAtConfinement({ host, config }: Examined): Promise<readonly Found[]> {
  const faults = await host.confinementFaults(config);
  if (faults.length > 0)
    return faults.map(({ field, message, mend }) => fail(`${field}: ${message}`, mend));
  const asking = config.tools.flatMap(({ name, sandbox }) =>
    sandbox === "bubblewrap" ? [name] : [],
  );
  if (asking.length === 0) return [ok("bubblewrap is not asked for")];
  return [ok(`bubblewrap works (asked for by ${asking.join(", ")})`)];
}

function mendOf({ engine, is, said }: EngineSeen): string {
  if (is === "forbidden") {
    return engine === "docker"
      ? "give the user of the server the right to use it: usermod -aG docker USER, then log in anew"
      : "let it work for the user of the server: run podman info as that user, and mend what it says";
  }
  if (/cannot connect|connection refused|no such file/i.test(said)) {
    return `start it: systemctl start ${engine}, or its desktop program`;
  }
  return `run ${engine} info by hand, and mend what it says`;
}
