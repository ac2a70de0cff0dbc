import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { startLine } from "../../src/runners/command-line.ts";
import type { ContainerWork } from "../../src/runners/types.ts";
import { containers, IMAGE, removeImage, whyNoContainers } from "../support/container.ts";
import { folderFor, until } from "../support/server.ts";
import { HOSTILE } from "../tools/hostile.ts";
import { containerWork, runWork } from "./work.ts";

const skip = whyNoContainers();
after(() => {
  if (skip === false) removeImage();
});

const inImage = (script: string, extra: Partial<ContainerWork> = {}): ContainerWork =>
  containerWork(script, { image: IMAGE, ...extra });

/** What a container that works wrote. */
async function output(work: ContainerWork): Promise<string> {
  const ran = await runWork(work);
  assert.ok(ran.ok && ran.value.exitCode === 0, JSON.stringify(ran));
  return ran.value.stdout;
}

const lineOf = (value: string): readonly string[] =>
  startLine({
    name: "n",
    owner: "o",
    files: "/files",
    work: inImage("", { env: { value }, args: [value], files: [{ path: "/f", content: value }] }),
  });

test("no value changes an engine's command line but in its own two places", () => {
  const harmless = lineOf("x");
  for (const value of HOSTILE) {
    const line = lineOf(value);
    assert.equal(line[harmless.indexOf("value=x")], `value=${value}`);
    assert.equal(line.at(-1), value);
    const rest = (words: readonly string[]) =>
      words.filter((_, at) => at !== harmless.indexOf("value=x")).slice(0, -1);
    assert.deepEqual(rest(line), rest(harmless));
  }
});

test("every container is confined, whatever its work says", () => {
  for (const network of [true, false]) {
    const line = startLine({
      name: "n",
      owner: "o",
      files: "/f",
      work: inImage("", { network }),
    }).join(" ");
    for (const part of [
      "--rm --name n --label ai.kubiya.run=o",
      "--read-only --cap-drop all --security-opt no-new-privileges",
      "--ulimit nofile=1024:1024 --ulimit nproc=1000:1000",
      "--memory 64m --memory-swap 64m --cpus 1 --pids-limit 32",
    ])
      assert.ok(line.includes(part), part);
    assert.equal(line.includes("--network none"), !network);
    assert.equal(line.includes("privileged") && !line.includes("no-new-privileges"), false);
  }
});

test("each hostile value arrives in a container as it was sent", { skip }, async () => {
  // Podman drops a carriage return before a line break: no tool of ours gets that far.
  const values = HOSTILE.filter((value) => !value.includes("\r\n"));
  const env = Object.fromEntries(values.map((value, at) => [`v${at}`, value]));
  const script = values.map((_, at) => `printf '%s\\036' "$v${at}"`).join("\n");
  const maxOutputBytes = 1_000_000;
  const fromEnvironment = await output(inImage(script, { env, maxOutputBytes }));
  assert.deepEqual(fromEnvironment.split("\u001e").slice(0, -1), values);
  const args = ["%s\\036", ...HOSTILE];
  const words = await output(inImage("", { program: "printf", args, maxOutputBytes }));
  assert.deepEqual(words.split("\u001e").slice(0, -1), HOSTILE);
});

test(
  "a container has a read-only root, no network, no capabilities, and limits",
  { skip },
  async () => {
    const script = `touch /x 2>&1; touch "$HOME/x" "$TMPDIR/y" && echo writes
    cat /proc/self/status; ls /sys/class/net; ulimit -n; env | cut -d= -f1 2>/dev/null`;
    const said = await output(inImage(script));
    assert.match(said, /Read-only file system/);
    assert.match(said, /^writes$/m);
    assert.match(said, /^CapEff:\s*0+$/m);
    assert.match(said, /^NoNewPrivs:\s*1$/m);
    assert.match(said, /^lo\n1024$/m);
  },
);

test("a container has a network only when its work says so", { skip }, async () => {
  assert.equal(await output(inImage("ls /sys/class/net")), "lo\n");
  assert.notEqual(await output(inImage("ls /sys/class/net", { network: true })), "lo\n");
});

test("the memory and process limits are the kernel's, not a wish", { skip }, async () => {
  const memory = await runWork(inImage("cat /dev/zero > /tmp/x", { memory: "16m" }));
  assert.equal(memory.ok && memory.value.exitCode, 137, JSON.stringify(memory));
  const fork = await runWork(inImage("for i in 1 2 3 4 5 6 7 8; do sleep 5 & done", { pids: 4 }));
  assert.ok(fork.ok && /fork|Resource temporarily/.test(fork.value.stderr), JSON.stringify(fork));
});

test("files and volumes are there, read-only unless said otherwise", { skip }, async (context) => {
  const folder = await folderFor(context);
  await writeFile(join(folder, "old"), "before");
  const files = [{ path: "/etc/tool/settings", content: "one" }];
  const closed = { source: folder, path: "/closed", read_only: true };
  const open = { source: folder, path: "/open", read_only: false };
  const script = `cat /etc/tool/settings /closed/old; echo
    touch /etc/tool/settings /closed/x 2>&1 | cat; touch /open/new`;
  const said = await output(inImage(script, { files, volumes: [closed, open] }));
  assert.match(said, /^onebefore\n/);
  assert.equal(said.match(/Read-only file system/g)?.length, 2);
  assert.deepEqual(await readdir(folder), ["new", "old"]);
});

test(
  "an image that is named by its digest runs, also when its tag is another's",
  { skip },
  async () => {
    const [name] = IMAGE.split(":");
    const digest = execFileSync("podman", ["image", "inspect", "--format", "{{.Digest}}", IMAGE], {
      encoding: "utf8",
    }).trim();
    for (const image of [`${name}@${digest}`, `${name}:no-such-tag@${digest}`])
      assert.equal(await output(inImage("echo here", { image })), "here\n");
  },
);

test("standard input reaches a container", { skip }, async () => {
  assert.equal(await output(inImage("cat", { stdin: "hello" })), "hello");
});

test("a secret reaches a container and no process list", { skip }, async (context) => {
  const folder = await folderFor(context);
  const abort = new AbortController();
  const volumes = [{ source: folder, path: "/out", read_only: false }];
  const secrets = { S: "hush-hush-hush" };
  const script = 'printf %s "$S" > /out/s; touch /out/ready; sleep 60';
  const running = runWork(inImage(script, { secrets, volumes }), { signal: abort.signal });
  await until(async () => (await readdir(folder)).includes("ready"));
  const lists = await Promise.all(
    (await readdir("/proc"))
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  abort.abort();
  await running;
  assert.equal(await readFile(join(folder, "s"), "utf8"), "hush-hush-hush");
  assert.ok(lists.some((line) => line.includes("ai.kubiya.run")));
  assert.equal(
    lists.some((line) => line.includes("hush-hush-hush")),
    false,
  );
});

test(
  "a container that is cancelled or out of time is gone, however deaf it is",
  { skip },
  async () => {
    const deaf = "trap '' TERM INT HUP; echo go; while :; do sleep 1; done";
    const abort = new AbortController();
    const watch = { signal: abort.signal, onLine: () => abort.abort() };
    const cancelled = await runWork(inImage(deaf), watch);
    assert.equal(!cancelled.ok && cancelled.failure.reason, "cancelled");
    assert.deepEqual(containers(), []);
    const late = await runWork(inImage(deaf, { timeoutMs: 1_500 }));
    assert.equal(!late.ok && late.failure.reason, "timed_out");
    assert.deepEqual(containers(), []);
  },
);

test("a container that writes without end is ended, and gone", { skip }, async () => {
  const ran = await runWork(inImage("while :; do cat /bin/busybox; done"));
  assert.equal(!ran.ok && ran.failure.reason, "output_without_end");
  assert.deepEqual(containers(), []);
});

test("a container that fails is told by its own exit code, and gone", { skip }, async () => {
  for (const code of [1, 125, 127, 137]) {
    const ran = await runWork(inImage(`exit ${code}`));
    assert.equal(ran.ok && ran.value.exitCode, code);
  }
  assert.deepEqual(containers(), []);
});

const NOT_STARTED: readonly (readonly [string, Partial<ContainerWork>, object])[] = [
  [
    "an image that is not there",
    { image: "localhost/no-such:1" },
    { reason: "no_image", image: "localhost/no-such:1" },
  ],
  ["an image that looks like an option", { image: "--privileged" }, { reason: "no_image" }],
  [
    "a digest that no image here has",
    { image: `${IMAGE.split(":")[0]}@sha256:${"0".repeat(64)}` },
    { reason: "no_image", image: `${IMAGE.split(":")[0]}@sha256:${"0".repeat(64)}` },
  ],
  [
    "a program that the image lacks",
    { program: "no-such-program" },
    { reason: "not_startable", program: "no-such-program" },
  ],
  [
    "a limit that the engine refuses",
    { memory: "1" },
    { reason: "engine_failed", engine: "podman" },
  ],
];

for (const [what, extra, failure] of NOT_STARTED) {
  test(`${what} is told as it is, and leaves nothing`, { skip }, async () => {
    const ran = await runWork(inImage("true", extra));
    assert.ok(!ran.ok, JSON.stringify(ran));
    const facts = Object.keys(failure);
    const told = Object.entries(ran.failure).filter(([name]) => facts.includes(name));
    assert.deepEqual(Object.fromEntries(told), failure, JSON.stringify(ran.failure));
    assert.deepEqual(containers(), []);
  });
}
