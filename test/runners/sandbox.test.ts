import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { confine } from "../../src/runners/confine.ts";
import { createTryConfinement } from "../../src/runners/try-confinement.ts";
import type { Confinement, ProcessWork } from "../../src/runners/types.ts";
import { runs } from "../support/processes.ts";
import { whyNoSandbox } from "../support/sandbox.ts";
import { folderFor, until } from "../support/server.ts";
import { HOSTILE } from "../tools/hostile.ts";
import { partsOf, PATH, processWork, runWork, temporaryFor } from "./work.ts";

const skip = whyNoSandbox();

type Sandbox = NonNullable<Confinement["sandbox"]>;

function sandboxed(script: string, extra: Partial<ProcessWork & Sandbox> = {}): ProcessWork {
  const { network = true, volumes = [], ...more } = extra;
  const confinement = { memory: null, sandbox: { network, volumes } };
  return processWork(script, { confinement, ...more });
}

async function output(work: ProcessWork): Promise<string> {
  const ran = await runWork(work);
  assert.ok(ran.ok && ran.value.exitCode === 0, JSON.stringify(ran));
  return ran.value.stdout;
}

test("a sandbox shows the system's programs and no file beside them", { skip }, async (context) => {
  const folder = await folderFor(context);
  await writeFile(join(folder, "secret"), "hush");
  const roots = (await output(sandboxed("ls -A /"))).trim().split("\n");
  assert.deepEqual(
    roots.filter((name) => !/^(?:s?bin|lib.*)$/.test(name)),
    ["dev", "etc", "home", "proc", "tmp", "usr", "work"],
  );
  const script = `ls -A /home /tmp /work; cat ${join(folder, "secret")} ${import.meta.filename}
    cat /etc/shadow /etc/gshadow; ls /etc/ssl/private /run /root /var /srv; cat /proc/1/environ | wc -c`;
  const ran = await runWork(sandboxed(`{ ${script}; } 2>&1`));
  assert.ok(ran.ok);
  assert.equal(ran.value.stdout.match(/No such file or directory/g)?.length, 9);
  assert.match(ran.value.stdout, /^\/home:\n\n\/tmp:\n\n\/work:\n/);
});

test("nothing is writable in a sandbox but folders of its own", { skip }, async () => {
  const script = `for at in / /usr /usr/bin /etc /dev /proc /sys /bin /lib /etc/passwd /opt /var; do
      touch $at/x 2>/dev/null && echo "writes $at"; done
    echo x >> /etc/passwd && echo writes passwd
    cat /proc/sys/kernel/panic > /tmp/panic; cat /tmp/panic > /proc/sys/kernel/panic && echo writes a setting
    echo h > /proc/sysrq-trigger && echo writes a trigger
    for at in "$HOME" "$TMPDIR" "$PWD" /tmp /dev/shm; do touch $at/x && echo "own $at"; done; :`;
  const own = ["/home", "/tmp", "/work", "/tmp", "/dev/shm"];
  assert.equal(await output(sandboxed(script)), own.map((at) => `own ${at}\n`).join(""));
});

test("a sandbox has no rights, no other processes and no terminal", { skip }, async () => {
  const script = `grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status
    ls /proc | grep -cE '^[0-9]+$'; ls /sys/class/net 2>/dev/null; echo x 2>/dev/null >/dev/tty || echo no terminal
    kill -0 ${process.pid} 2>/dev/null || echo unharmed
    mount -t tmpfs none /work 2>/dev/null || echo unmounted`;
  const said = await output(sandboxed(script));
  assert.match(said, /^CapEff:\s*0+\nCapBnd:\s*0+\nNoNewPrivs:\s*1\n/);
  assert.match(said, /no terminal\nunharmed\nunmounted\n$/);
  const [, count] = /NoNewPrivs:\s*1\n(\d+)/.exec(said) ?? [];
  assert.ok(Number(count) < 8, said);
});

test("a sandbox has a network only when its work says so", { skip }, async () => {
  const names = "cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' '";
  assert.equal(await output(sandboxed(names, { network: false })), "lo\n");
  assert.equal(await output(sandboxed(names)), execFileSync("sh", ["-c", names]).toString());
});

test(
  "its files and volumes are there, read-only unless said otherwise",
  { skip },
  async (context) => {
    const folder = await folderFor(context);
    await writeFile(join(folder, "old"), "before");
    await symlink("/etc/shadow", join(folder, "link"));
    const files = [{ path: "a/settings", content: "one" }];
    const closed = { source: folder, path: "/closed", read_only: true };
    const open = { source: folder, path: "/srv/open", read_only: false };
    const script = `cat a/settings /closed/old; echo
    touch /closed/x 2>/dev/null || echo closed; touch /srv/x 2>/dev/null || echo above closed
    cat /closed/link 2>/dev/null || echo no way out; touch /srv/open/new`;
    const said = await output(sandboxed(script, { files, volumes: [closed, open] }));
    assert.equal(said, "onebefore\nclosed\nabove closed\nno way out\n");
    assert.deepEqual(await readdir(folder), ["link", "new", "old"]);
  },
);

test(
  "nothing of a sandbox is left when it ends, is cancelled, or starts what stays",
  { skip },
  async (context) => {
    const folder = await folderFor(context);
    const own = await temporaryFor(context);
    const volumes = [{ source: folder, path: "/out", read_only: false }];
    // A group and session of its own: a process without a sandbox gets away with that.
    const stays = (file: string): string =>
      `setsid sh -c 'while :; do date +%N >> /out/${file}; done' & until [ -s /out/${file} ]; do :; done`;
    const deaf = (file: string): ProcessWork =>
      sandboxed(`trap '' TERM; ${stays(file)}; echo go; while :; do sleep 1; done`, { volumes });
    const grown = (file: string): Promise<number> =>
      stat(join(folder, file)).then(({ size }) => size);

    await output(sandboxed(`${stays("ended")}; mkdir d; touch d/f; chmod 0 d`, { volumes }));
    const sizes = [await grown("ended")];
    const abort = new AbortController();
    const watch = { signal: abort.signal, onLine: () => abort.abort() };
    const cancelled = await runWork(deaf("cancelled"), watch);
    assert.equal(!cancelled.ok && cancelled.failure.reason, "cancelled");
    sizes.push(await grown("cancelled"));
    const late = await runWork({ ...deaf("late"), timeoutMs: 3_000 });
    assert.equal(!late.ok && late.failure.reason, "timed_out");
    sizes.push(await grown("late"));

    await output(sandboxed("for at in $(seq 20); do date; done"));
    const names = ["ended", "cancelled", "late"];
    assert.deepEqual(await Promise.all(names.map(grown)), sizes);
    assert.deepEqual(await readdir(own), []);
  },
);

test("a sandbox dies with the server that is killed", { skip }, async (context) => {
  const folder = await folderFor(context);
  const [work, home, temporary] = ["w", "h", "t"].map((name) => join(folder, name));
  assert.ok(work !== undefined && home !== undefined && temporary !== undefined);
  for (const each of [work, home, temporary]) await mkdir(each);
  const confined = await confine(sandboxed("echo > ready; while :; do sleep 1; done"), {
    folder: { work, home, temporary },
    path: PATH,
    toolPath: PATH,
  });
  assert.ok(confined.ok);
  const line = JSON.stringify(confined.value.line);
  const server = `const { spawn } = require("node:child_process");
    const [program, ...args] = ${line};
    console.log(spawn(program, args, { detached: true, stdio: "ignore" }).pid);
    process.stdin.resume();`;
  const killed = spawn(process.execPath, ["-e", server], { stdio: ["pipe", "pipe", "inherit"] });
  const pid = await new Promise<number>((said) => {
    killed.stdout.once("data", (chunk) => said(Number(String(chunk))));
  });
  await until(async () => (await readdir(work)).includes("ready"), 10_000);
  assert.equal(runs(pid), true);
  killed.kill("SIGKILL");
  await until(() => !runs(pid), 10_000);
});

const NOT_STARTED: readonly (readonly [string, ProcessWork, object])[] = [
  [
    "a program that is not there",
    sandboxed("", { program: "no-such" }),
    {
      reason: "not_startable",
      program: "no-such",
      detail: "its sandbox has no such program: name its folder in `with_volumes`",
    },
  ],
  [
    "a program that may not be executed",
    sandboxed("", { program: "/etc/passwd" }),
    { reason: "not_startable", program: "/etc/passwd", detail: "Permission denied" },
  ],
  [
    "a volume that is not there",
    sandboxed("", { volumes: [{ source: "/no-such", path: "/x", read_only: true }] }),
    {
      reason: "not_confined",
      by: "bwrap",
      detail: "Can't find source path /no-such: No such file or directory",
    },
  ],
  [
    "a program that is not there, with little memory",
    processWork("", {
      program: "no-such",
      env: { PATH: "/usr/bin:/bin" },
      confinement: { memory: "64m", sandbox: null },
    }),
    { reason: "not_found", program: "no-such" },
  ],
];

for (const [what, work, failure] of NOT_STARTED) {
  test(`${what} is told as it is`, { skip }, async () => {
    assert.deepEqual(await runWork(work), { ok: false, failure });
  });
}

test("a program that fails in a sandbox is told by its own exit code", { skip }, async () => {
  for (const [script, exitCode] of [
    ["exit 1", 1],
    ["echo bwrap: mine; exit 1", 1],
    ["exit 127", 127],
    ["kill -9 $$", 137],
  ] as const) {
    const ran = await runWork(sandboxed(script));
    assert.equal(ran.ok && ran.value.exitCode, exitCode);
  }
});

const CONFINEMENTS = [
  ["bwrap", { memory: null, sandbox: { network: true, volumes: [] } }],
  ["prlimit", { memory: "64m", sandbox: null }],
] as const;

for (const [by, confinement] of CONFINEMENTS) {
  test(`without ${by} a process that is to be confined does not start`, async (context) => {
    const folder = await folderFor(context);
    const work = processWork(`touch ${folder}/ran`, { confinement, env: { PATH } });
    const parts = { ...partsOf(), path: folder };
    const detail = "it is not on the server's PATH";
    assert.deepEqual(await runWork(work, {}, { parts }), {
      ok: false,
      failure: { reason: "not_confined", by, detail },
    });
    assert.deepEqual(await readdir(folder), []);
    assert.equal(
      await createTryConfinement(partsOf({ path: folder }))(confinement),
      `${by}: ${detail}`,
    );
  });
}

test("a bwrap that may make no namespace starts nothing", async (context) => {
  const folder = await folderFor(context);
  const said = "No permissions to create new namespace, likely because of the kernel";
  const script = `#!/bin/sh\necho "bwrap: ${said}" >&2; exit 1\n`;
  await writeFile(join(folder, "bwrap"), script, { mode: 0o700 });
  const parts = { ...partsOf(), path: `${folder}:${PATH}` };
  const failure = { reason: "not_confined", by: "bwrap", detail: said };
  const ran = await runWork(sandboxed(`touch ${folder}/ran`), {}, { parts });
  assert.deepEqual(ran, { ok: false, failure });
  assert.deepEqual(await readdir(folder), ["bwrap"]);
});

test("what this machine can do is tried as tools are run", { skip }, async () => {
  const tryConfinement = createTryConfinement(partsOf());
  const sandbox = { network: false, volumes: [] };
  assert.equal(await tryConfinement({ memory: "1g", sandbox }), null);
  const volumes = [{ source: "/no-such", path: "/x", read_only: true }];
  assert.match(
    String(await tryConfinement({ memory: null, sandbox: { ...sandbox, volumes } })),
    /^bwrap: Can't find source path \/no-such/,
  );
  assert.match(String(await tryConfinement({ memory: "1m", sandbox: null })), /first try/);
});

test(
  "the memory of each process has a limit that the kernel keeps, also in a sandbox",
  { skip },
  async () => {
    const script = `ulimit -v; python3 -c 'bytearray(200 * 1024 * 1024)' 2>&1 | tail -n 1; ulimit -v unlimited 2>/dev/null; ulimit -v`;
    for (const sandbox of [{ network: true, volumes: [] }, null]) {
      const work = processWork(script, { confinement: { memory: "128m", sandbox } });
      const lines = (await output(work)).trim().split("\n");
      assert.deepEqual(lines.slice(0, 2), ["131072", "MemoryError"]);
      // Whoever has all rights may lift it: only a sandbox takes root's.
      if (sandbox !== null) assert.equal(lines[2], "131072");
    }
  },
);

test("no value changes what confines a process", { skip }, async (context) => {
  const folder = await folderFor(context);
  const its = { path: folder, work: folder, home: folder, temporary: folder };
  const places = { folder: its, path: PATH, toolPath: PATH };
  const confinement = { memory: "64m", sandbox: { network: false, volumes: [] } };
  const lineOf = async (value: string) => {
    const confined = await confine(sandboxed("", { args: [value], ...{ confinement } }), places);
    assert.ok(confined.ok);
    return confined.value.line;
  };
  const harmless = await lineOf("x");
  assert.deepEqual(harmless.slice(-3), ["--", "sh", "x"]);
  for (const value of HOSTILE) {
    assert.deepEqual(await lineOf(value), [...harmless.slice(0, -1), value]);
  }
});

test("each hostile value arrives in a sandbox as it was sent", { skip }, async () => {
  const env = Object.fromEntries(HOSTILE.map((value, at) => [`v${at}`, value]));
  const script = HOSTILE.map((_, at) => `printf '%s\\036' "$v${at}"`).join("\n");
  const maxOutputBytes = 1_000_000;
  const fromEnvironment = await output(sandboxed(script, { env, maxOutputBytes }));
  assert.deepEqual(fromEnvironment.split("\u001e").slice(0, -1), HOSTILE);
  const args = ["%s\\036", ...HOSTILE];
  const words = await output(sandboxed("", { program: "printf", args, maxOutputBytes }));
  assert.deepEqual(words.split("\u001e").slice(0, -1), HOSTILE);
});
