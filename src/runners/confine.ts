// On the trust boundary: the words in front of a process. The program is started by what confines it, so
// that it never runs without. What a caller gave stands behind `--`.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Folder } from "./folder.ts";
import { lookUp } from "./look-up.ts";
import type { Confinement, Confiner, ProcessWork, RunnerFailure } from "./types.ts";

/** Below the server's priority by this much (nice(1)): it is to answer while tools work. */
const NICE = 10;

/** Where a process finds what is its own. */
type Places = Pick<Folder, "work" | "home" | "temporary">;

const INSIDE: Places = { work: "/work", home: "/home", temporary: "/tmp" };

/**
 * What a sandbox shows of the system: programs, libraries, and what they need to load, to find hosts, to
 * tell users and the time, and to trust certificates. The rest of /etc may hold keys.
 */
const SYSTEM = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"],
  ...["/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"],
  ...["/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/localtime", "/etc/timezone"],
  ...["/etc/hosts", "/etc/host.conf", "/etc/resolv.conf", "/etc/services", "/etc/protocols"],
  ...["/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ca-certificates", "/etc/crypto-policies"],
  ...["/etc/pki/ca-trust", "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem"],
];

/** A program with what confines it, and its places as it sees them. */
interface Confined {
  readonly line: readonly [string, ...string[]];
  readonly places: Places;
}

/** What is known of a process before it is started. */
interface Starting {
  readonly folder: Places;
  /** The server's PATH, and the tool's own. */
  readonly path: string;
  readonly toolPath: string;
}

/** Confines work as it asks; the failure says what cannot be had here. */
export async function confine(
  { program, args, confinement }: Pick<ProcessWork, "program" | "args" | "confinement">,
  { folder, path, toolPath }: Starting,
): Promise<Outcome<Confined, RunnerFailure>> {
  const { sandbox, memory } = confinement;
  const bwrap = sandbox === null ? null : await find("bwrap", path);
  if (bwrap?.ok === false) return bwrap;
  const prlimit = memory === null ? null : await find("prlimit", path);
  if (prlimit?.ok === false) return prlimit;
  // What stands in front of it could only say in words of its own that it is not there.
  const found = bwrap === null ? await lookUp(program, { path: toolPath, cwd: folder.work }) : null;
  if (found?.ok === false) return found;

  let line: readonly [string, ...string[]] = [program, ...args];
  if (sandbox !== null && bwrap !== null)
    line = [bwrap.value, ...sandboxWords(sandbox, folder), "--", ...line];
  if (memory !== null && prlimit !== null)
    line = [prlimit.value, `--as=${bytesOf(memory)}:${bytesOf(memory)}`, "--", ...line];
  // A courtesy and no protection: where there is no such program it is done without.
  const nice = await lookUp("nice", { path, cwd: "/" });
  if (nice.ok) line = [nice.value, "-n", String(NICE), "--", ...line];
  return done({ line, places: sandbox === null ? folder : INSIDE });
}

/** Node gives each program a session of its own: no terminal is left to type into. */
function sandboxWords(
  { network, volumes }: NonNullable<Confinement["sandbox"]>,
  folder: Places,
): readonly string[] {
  return [
    ...["--unshare-all", ...(network ? ["--share-net"] : [])],
    ...["--die-with-parent", "--cap-drop", "ALL"],
    ...["--proc", "/proc", "--dev", "/dev"],
    ...SYSTEM.flatMap((place) => ["--ro-bind-try", place, place]),
    ...["--bind", folder.work, INSIDE.work, "--bind", folder.home, INSIDE.home],
    // Shared memory and semaphores are files too.
    ...["--bind", folder.temporary, INSIDE.temporary, "--bind", folder.temporary, "/dev/shm"],
    ...volumes.flatMap(({ source, path, read_only: readOnly }) => [
      readOnly ? "--ro-bind" : "--bind",
      source,
      path,
    ]),
    // The kernel's settings belong to root's number, whatever rights it has lost.
    ...["/proc", "/dev", "/"].flatMap((place) => ["--remount-ro", place]),
    ...["--chdir", INSIDE.work],
  ];
}

/** Found on the server's PATH, whatever PATH the tool has. */
async function find(by: Confiner, path: string): Promise<Outcome<string, RunnerFailure>> {
  const found = await lookUp(by, { path, cwd: "/" });
  const detail = "it is not on the server's PATH";
  return found.ok ? found : failed({ reason: "not_confined", by, detail });
}

const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

function bytesOf(memory: string): number {
  return Number.parseInt(memory, 10) * (UNITS[memory.slice(-1)] ?? 1);
}
