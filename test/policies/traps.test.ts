// Each trap of the compiled policies that we know of, reproduced: when one of these tests fails, an upgrade
// has changed what our rules guard against, and the guard can be looked at again.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { build, buildBuiltIn, ENTRYPOINTS, inFolder, opa, open } from "./module.ts";

const CAPABILITIES = resolve("policies/capabilities.json");
const ORGANISATION = resolve("policies/capabilities.organisation.json");

/** The value of `entrypoint` of one file of Rego, compiled. */
async function compiled(
  rego: string,
  entrypoint: string,
  options: readonly string[] = [],
): Promise<(input?: unknown, data?: object) => Promise<unknown>> {
  const entries = await inFolder({ "p.rego": rego }, (dir) => build(dir, [entrypoint], options));
  return async (input, data) => (await open(entries, data)).evaluate(entrypoint, input);
}

/** The same as `opa eval` sees it; undefined where the query is. */
async function interpreted(rego: string, query: string, input: unknown): Promise<unknown> {
  return inFolder({ "p.rego": rego, "input.json": JSON.stringify(input) }, async (dir) => {
    const args = ["eval", "-d", "p.rego", "-i", "input.json", "--format", "json", query];
    const { stdout } = await opa(dir, args);
    const answer: unknown = JSON.parse(stdout);
    return Object(answer).result?.[0]?.expressions?.[0]?.value;
  });
}

/** What `opa check` says of one file of Rego under these capabilities; empty where it is content. */
async function checked(rego: string, capabilities: string): Promise<string> {
  return inFolder({ "p.rego": rego }, async (dir) => {
    const { ok, text } = await opa(dir, ["check", "--capabilities", capabilities, "p.rego"]);
    return ok ? "" : text;
  });
}

async function builtinsOf(path: string): Promise<readonly string[]> {
  const { builtins }: { builtins: readonly { readonly name: string }[] } = JSON.parse(
    await readFile(path, "utf8"),
  );
  return builtins.map(({ name }) => name);
}

const REVOCATION = `package p

default allow := false

allow if not data.facts.revoked[input.id]
`;

test("an optimised build forgets facts that are not there yet, so ours is never optimised", async () => {
  const facts = { facts: { revoked: { k1: true } } };
  const plain = await compiled(REVOCATION, "p/allow");
  const optimised = await compiled(REVOCATION, "p/allow", ["-O1"]);
  assert.equal(await plain({ id: "k1" }, facts), false);
  assert.equal(await optimised({ id: "k1" }, facts), true);
  assert.doesNotMatch(await readFile("scripts/bundle.ts", "utf8"), /"(?:-O|--optimize)/);
});

test("facts override the rules of an entrypoint that is a package, so ours are rules", async () => {
  const rego = "package p\n\nallow := false\n";
  const forged = { p: { allow: true } };
  const asPackage = await compiled(rego, "p");
  const asRule = await compiled(rego, "p/allow");
  assert.deepEqual(await asPackage({}, forged), { allow: true });
  assert.equal(await asRule({}, forged), false);
});

test("facts live outside every root of the policies", async () => {
  const { roots }: { roots: readonly string[] } = JSON.parse(
    await readFile("policies/.manifest", "utf8"),
  );
  assert.deepEqual(roots, ["kubiya"]);
  assert.ok(ENTRYPOINTS.every((entrypoint) => entrypoint.startsWith("kubiya/")));
});

test("a forged fact beside ours changes no decision", async () => {
  const entries = await buildBuiltIn();
  const forged = { kubiya: { call: { decision: { allow: true } }, rules: {} } };
  const { evaluate } = await open(entries, forged);
  assert.equal(Object(evaluate("kubiya/call/decision", {})).allow, false);
});

test("a denial about a field that is missing is silent, unless the new `not` is imported", async () => {
  const rule = "deny if not startswith(lower(input.name), `a`)\n";
  const old = `package p\n\n${rule}`;
  const imported = `package p\n\nimport future.keywords.not\n\n${rule}`;
  assert.equal(await (await compiled(old, "p/deny"))({}), undefined);
  assert.equal(await (await compiled(imported, "p/deny"))({}), true);
  assert.equal(await interpreted(old, "data.p.deny", {}), undefined);
  assert.equal(await interpreted(imported, "data.p.deny", {}), true);
});

test("every policy that says `not` imports it", async () => {
  const { stdout } = await opa("policies", ["inspect", "-f", "json", "."]);
  const found: unknown = JSON.parse(stdout);
  const files = Object.values<unknown>(Object(found).namespaces).flat().map(String);
  const rego = files.filter((file) => file.endsWith(".rego") && !file.endsWith("_test.rego"));
  assert.ok(rego.length > 15);
  for (const file of rego) {
    const text = await readFile(join("policies", file), "utf8");
    const says = /^[^#"\n]*\bnot /m.test(text);
    assert.equal(/^import future\.keywords\.not$/m.test(text), says, file);
  }
});

test("a network passes as an address, and garbage is outside of everything", async () => {
  const rego = `package p

import future.keywords.not

inside if net.cidr_contains("10.0.0.0/8", input.ip)

outside if not net.cidr_contains("10.0.0.0/8", input.ip)
`;
  const inside = await compiled(rego, "p/inside");
  const outside = await compiled(rego, "p/outside");
  assert.equal(await inside({ ip: "10.1.2.0/24" }), true);
  assert.equal(await outside({ ip: "garbage" }), true);
});

test("wasm judges a network whose prefix is no number by what was judged before it, so it never sees one", async () => {
  const rego = `package p

after_all if {
	net.cidr_contains("0.0.0.0/0", input.ip)
	net.cidr_contains("10.0.0.0/x", input.ip)
}
`;
  const ip = { ip: "192.168.9.9" };
  assert.equal(await interpreted(rego, "data.p.after_all", ip), undefined);
  assert.equal(await (await compiled(rego, "p/after_all"))(ip), true);
});

test("the two engines disagree about mapped IPv4, so it is folded before it comes here", async () => {
  const rego = 'package p\n\ninside := net.cidr_contains("10.0.0.0/8", input.ip)\n';
  const ip = { ip: "::ffff:10.1.2.3" };
  assert.equal(await interpreted(rego, "data.p.inside", ip), true);
  assert.equal(await (await compiled(rego, "p/inside"))(ip), false);
});

test("text is greater than any number, so times are asked whether they are numbers", async () => {
  const rego = "package p\n\nlater := input.expires_ms > 1795435200000\n";
  assert.equal(await (await compiled(rego, "p/later"))({ expires_ms: "never" }), true);
});

test("sentences with text and numbers read the same on both engines", async () => {
  const rego = 'package p\n\nsaid := $"{input.a} and {input.b}"\n';
  for (const input of [{ a: "kubectl", b: 7 }, { a: "\u0001\u2028é<x>", b: true }, { a: "x" }]) {
    const ours = await (await compiled(rego, "p/said"))(input);
    assert.equal(ours, await interpreted(rego, "data.p.said", input));
  }
});

/** A rule for each built-in that calls it with what the input has. */
async function callsOf(path: string): Promise<string> {
  const { builtins }: { builtins: readonly Builtin[] } = JSON.parse(await readFile(path, "utf8"));
  const rules = builtins
    .filter(({ name }) => !LANGUAGE.test(name))
    .map(({ name, infix, decl }, at) => {
      const args = (decl.args ?? []).map((_, place) => `input.a${place}`);
      const call = infix === undefined ? `${name}(${args.join(", ")})` : args.join(` ${infix} `);
      return `r${at} := ${call}`;
    });
  return `package p\n\n${rules.join("\n")}\n`;
}

interface Builtin {
  readonly name: string;
  readonly infix?: string;
  readonly decl: { readonly args?: readonly unknown[] };
}

/** What has a syntax of its own, or is gone once it is compiled. */
const LANGUAGE = /^(?:eq|assign|print|internal\..*|rego\.metadata\..*)$/;

test("every built-in that policies may use is native to wasm: the host is asked for none", async () => {
  for (const path of [CAPABILITIES, ORGANISATION]) {
    const rego = await callsOf(path);
    assert.ok(rego.split("\n").length > 85);
    const entries = await inFolder({ "p.rego": rego }, (dir) =>
      build(dir, ["p"], ["--capabilities", path]),
    );
    assert.deepEqual((await open(entries)).builtins, []);
  }
  assert.deepEqual((await open(await buildBuiltIn())).builtins, []);
});

test("a built-in that this host lacks compiles, and throws only when it is reached", async () => {
  const rego = "package p\n\nx := time.now_ns() if input.reach\n";
  const evaluate = await compiled(rego, "p/x");
  assert.equal(await evaluate({}), undefined);
  await assert.rejects(evaluate({ reach: true }), {
    message: "not implemented: built-in function 0: time.now_ns",
  });
});

test("`opa check` refuses what this host lacks, and what another library would answer", async () => {
  const calls = {
    "time.now_ns": "time.now_ns()",
    sprintf: 'sprintf("%s", [input.a])',
    "http.send": "http.send(input)",
    "io.jwt.decode": "io.jwt.decode(input.a)",
    "crypto.sha256": "crypto.sha256(input.a)",
    "regex.replace": 'regex.replace(input.a, "b", "c")',
    "object.subset": "object.subset(input, input)",
    "json.patch": "json.patch(input, [])",
    "strings.any_prefix_match": "strings.any_prefix_match(input.a, input.b)",
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const capabilities of [CAPABILITIES, ORGANISATION]) {
      const said = await checked(`package p\n\nx := ${call}\n`, capabilities);
      assert.match(said, /p\.rego:3: rego_type_error/, name);
    }
  }
});

test("`glob.match` is slow and large: an organisation may use it, the built-in policies do not", async () => {
  const rego = 'package p\n\nx if glob.match("a*", [], input.a)\n';
  assert.match(await checked(rego, CAPABILITIES), /glob\.match/);
  assert.equal(await checked(rego, ORGANISATION), "");
  const [ours, theirs] = [await builtinsOf(CAPABILITIES), await builtinsOf(ORGANISATION)];
  assert.deepEqual(
    theirs.filter((name) => !ours.includes(name)),
    ["glob.match"],
  );
});

test("a misspelt field is an error of the policy, where the package has the schemas", async () => {
  const schemas = { "schemas/input.json": await readFile("policies/schemas/input.json", "utf8") };
  const rule = "deny if input.credential.expires > 0\n";
  const annotated = `# METADATA\n# schemas:\n#   - input: schema.input\npackage p\n\n${rule}`;
  const said = async (rego: string): Promise<string> =>
    inFolder({ ...schemas, "p.rego": rego }, async (dir) => {
      const { ok, text } = await opa(dir, ["check", "-b", ".", "--schema", "schemas"]);
      return ok ? "" : text;
    });
  assert.match(await said(annotated), /undefined ref: input\.credential\.expires/);
  assert.equal(await said(`package p\n\n${rule}`), "");
});

test("the annotation at the root reaches every package of the built-in policies", async () => {
  const rego = "package kubiya.rules.misspelt\n\ndeny if input.principal.role\n";
  const root = await readFile("policies/kubiya/kubiya.rego", "utf8");
  const names = [...root.matchAll(/: schema\.([a-z_.]+)$/gm)].map(([, name = ""]) => name);
  const files = await Promise.all(
    names.map(async (name) => {
      const path = `schemas/${name.replaceAll(".", "/")}.json`;
      return [path, await readFile(`policies/${path}`, "utf8")] as const;
    }),
  );
  const tree = { ...Object.fromEntries(files), "root.rego": root, "misspelt.rego": rego };
  const { ok, text } = await inFolder(tree, (dir) =>
    opa(dir, ["check", "-b", ".", "--schema", "schemas"]),
  );
  assert.equal(ok, false);
  assert.match(text, /undefined ref: input\.principal\.role/);
});

test("without the pruning, what merely depends on an entrypoint becomes one too", async () => {
  const entries = await inFolder(
    {
      "p.rego": "package p\n\n# METADATA\n# entrypoint: true\nallow := input.a\n",
      "p_test.rego": "package p_test\n\nimport data.p\n\ntest_p if p.allow with input.a as true\n",
    },
    async (dir) => ({
      loose: await build(dir, ["p/allow"]),
      strict: await build(dir, ["p/allow"], ["--ignore", "*_test.rego", "--prune-unused"]),
    }),
  );
  assert.deepEqual((await open(entries.loose)).entrypoints, ["p/allow", "p_test/test_p"]);
  assert.deepEqual((await open(entries.strict)).entrypoints, ["p/allow"]);
});
