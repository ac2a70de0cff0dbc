import assert from "node:assert/strict";
import { before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { readBundle } from "../../src/decision/bundle.ts";
import { archive, buildRego, type Entry, inFolder, compiler, must, unzipped } from "./rego.ts";

const MANIFEST = JSON.stringify({
  revision: "r1",
  wasm: [{ entrypoint: "custom/decision", module: "/policy.wasm" }],
});
const GOOD: readonly Entry[] = [
  ["/data.json", '{"teams":{"a":1}}'],
  ["/custom.rego", "package custom"],
  ["/policy.wasm", "wasm"],
  ["/.manifest", MANIFEST],
];

let real: Uint8Array;
before(async () => {
  real = await buildRego('package custom\ndecision := {"deny": []}', "custom/decision");
});

/** What is wrong with a bundle. */
async function fault(packed: Uint8Array): Promise<string> {
  const read = await readBundle(packed);
  return read.ok ? assert.fail("it was read") : read.failure;
}

test("a bundle as opa builds it is read: module, facts, revision, entrypoints", async () => {
  const { wasm, ...rest } = must(await readBundle(await archive(GOOD)));
  assert.deepEqual(Buffer.from(wasm).toString(), "wasm");
  assert.deepEqual(rest, {
    revision: "r1",
    entrypoints: ["custom/decision"],
    data: { teams: { a: 1 } },
  });
  assert.deepEqual(must(await readBundle(real)).entrypoints, ["custom/decision"]);
});

test("a bundle without a revision is named by its module and its facts", async () => {
  const revisions = await Promise.all(
    ['{"limit":1}', '{"limit":2}'].map((facts) =>
      inFolder(
        { "a.rego": 'package custom\ndecision := {"deny": []}', "data.json": facts },
        async (dir) => must(await readBundle(must(await compiler().build(dir)))).revision,
      ),
    ),
  );
  assert.match(revisions[0] ?? "", /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(revisions[0], revisions[1]);
});

test("a bundle that is cut anywhere is refused", async () => {
  for (const part of [0, 0.1, 0.5, 0.9, 0.999]) {
    const cut = real.subarray(0, Math.floor(real.length * part));
    assert.notEqual(await fault(cut), "", `cut at ${part}`);
  }
  const tar = unzipped(real);
  for (const bytes of [300, 512, 700, 5_000]) {
    assert.notEqual(await fault(gzipSync(tar.subarray(0, bytes))), "", `tar of ${bytes} bytes`);
  }
});

test("what is no archive is refused", async () => {
  assert.notEqual(await fault(Buffer.from("")), "");
  assert.notEqual(await fault(Buffer.from("package custom")), "");
  assert.notEqual(await fault(gzipSync("package custom")), "");
});

test("an archive that unpacks to far more than it is stops early", async () => {
  const bomb = gzipSync(Buffer.alloc(128 * 1024 * 1024), { level: 9 });
  const started = performance.now();
  assert.match(await fault(bomb), /^unpacked it has more than \d+ bytes$/);
  assert.ok(performance.now() - started < 5_000);
});

test("a tar bomb in an entry that belongs there is refused", async () => {
  const bomb = await archive([...GOOD, ["/big.rego", Buffer.alloc(96 * 1024 * 1024)]]);
  assert.match(await fault(bomb), /^unpacked it has more than \d+ bytes$/);
});

test("a bundle that is larger than any is not unpacked", async () => {
  assert.match(await fault(Buffer.alloc(17 * 1024 * 1024)), /^it has \d+ bytes; \d+ are allowed$/);
});

test("a bundle with too many files is refused", async () => {
  const many = Array.from({ length: 1_001 }, (_, at): Entry => [`/p${at}.rego`, "package p"]);
  assert.equal(await fault(await archive(many)), "it has more than 1000 files");
});

const REFUSED: readonly (readonly [what: string, entry: Entry, fault: string])[] = [
  ["two modules", ["/policy.wasm", "other"], "/policy.wasm is there twice"],
  ["two modules, one by another name", ["./policy.wasm", "x"], "/policy.wasm is there twice"],
  ["a module elsewhere", ["/a/policy.wasm", "x"], "/a/policy.wasm does not belong in a bundle"],
  ["facts that no policy sees", ["/a/data.json", "{}"], "/a/data.json does not belong in a bundle"],
  ["a way up", ["/../x.rego", ""], "/../x.rego does not belong in a bundle"],
  ["a way up inside", ["/a/../../x.rego", ""], "/a/../../x.rego does not belong in a bundle"],
  ["a stranger", ["/install.sh", "rm"], "/install.sh does not belong in a bundle"],
  [
    "a symbolic link",
    [{ name: "/x.rego", type: "symlink", linkname: "/etc/passwd" }, ""],
    "/x.rego is not a file",
  ],
  [
    "a hard link",
    [{ name: "/x.rego", type: "link", linkname: "/policy.wasm" }, ""],
    "/x.rego is not a file",
  ],
  ["a folder", [{ name: "/a", type: "directory" }, ""], "/a is not a file"],
  ["a device", [{ name: "/x.rego", type: "character-device" }, ""], "/x.rego is not a file"],
];

for (const [what, entry, expected] of REFUSED) {
  test(`a bundle with ${what} is refused`, async () => {
    assert.equal(await fault(await archive([...GOOD, entry])), expected);
  });
}

test("a bundle without a part that it needs is refused", async () => {
  const without = (name: string) => archive(GOOD.filter(([entry]) => entry !== name));
  assert.match(await fault(await without("/policy.wasm")), /^it has no policy\.wasm/);
  assert.match(await fault(await without("/.manifest")), /^its \.manifest is not/);
});

test("facts that are broken are refused, not left out", async () => {
  for (const facts of ['{"teams":', "[]", "null", ""]) {
    const broken = GOOD.map(([name, content]): Entry => [
      name,
      name === "/data.json" ? facts : content,
    ]);
    assert.equal(await fault(await archive(broken)), "its data.json is no JSON object", facts);
  }
});

test("a bundle with any byte changed is read or refused, and never throws", async () => {
  const packed = Buffer.from(await archive(GOOD));
  for (let at = 0; at < packed.length; at += 3) {
    const changed = Buffer.from(packed);
    changed.writeUInt8((changed.readUInt8(at) + 1) % 256, at);
    assert.equal(typeof (await readBundle(changed)).ok, "boolean");
  }
});
