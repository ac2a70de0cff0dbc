import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import { createRedaction } from "../../src/compose/redaction.ts";
import type { Config } from "../../src/config/types.ts";
import { done } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { CONFIG, upstreamNamed } from "../support/world.ts";

const NAMES = ["password", "token"];
const HIDDEN = /^\[REDACTED:[0-9a-f]{12}\]$/;

/** A redactor that has learnt from these configurations, one after the other. */
async function learntFrom(...configs: readonly Partial<Config>[]) {
  const redaction = createRedaction(NAMES);
  for (const config of configs) {
    const load = async () => done({ config: { ...CONFIG, ...config }, warnings: [] });
    await redaction.learning(load)();
  }
  return redaction;
}

const environment = { GIVEN: "given-secret", MY_TOKEN: "passed-secret", REGION: "eu-west-1" };
const HELD: Partial<Config> = {
  caller_credential: createSecret("caller-secret"),
  api_key: createSecret("cloud-secret"),
  store: { postgres: createSecret("postgresql://kubiya:p%40ss-secret@db/kubiya") },
  environment,
  tools: [
    {
      name: "t",
      secrets: ["GIVEN", "NOT_SET"],
      env: ["DB_PASSWORD=written-secret=1", "MY_TOKEN", "REGION", "PLACE=europe"],
    },
  ],
};

for (const secret of [
  ...["caller-secret", "cloud-secret", "given-secret", "passed-secret", "written-secret=1"],
  ...["p%40ss-secret", "p@ss-secret", "postgresql://kubiya:p%40ss-secret@db/kubiya"],
]) {
  test(`${secret} is held, and so is hidden`, async () => {
    const { redactor } = await learntFrom(HELD);
    assert.match(redactor.text(secret), HIDDEN);
  });
}

test("what is no secret is not hidden, though a tool is given it", async () => {
  const { redactor } = await learntFrom(HELD);
  for (const text of ["eu-west-1", "europe", "NOT_SET", "kubiya"]) {
    assert.equal(redactor.text(text), text);
  }
});

test("the value of an option that is called like a secret is hidden, in one word or in two", async () => {
  const args = ["--my-token", "spoken-word", "--password=joined-word", "-v", "plain-word"];
  const others = ["--with-token", "--region", "europe", "--token"];
  const reach = { kind: "program", command: "x", args: [...args, ...others], env: {}, cwd: "/" };
  const upstream = { ...upstreamNamed("a"), reach: { ...reach, kind: "program" as const } };
  const { redactor } = await learntFrom({ mcpServers: [upstream] });
  assert.match(redactor.text("spoken-word"), HIDDEN);
  assert.match(redactor.text("joined-word"), HIDDEN);
  for (const text of ["plain-word", "--region", "europe", "--my-token"]) {
    assert.equal(redactor.text(text), text);
  }
});

/** Words, the secret among them, and a word that is none. */
const WORDS: readonly (readonly [string, readonly string[], string, string])[] = [
  ["that begins with a dash", ["--token", "-Xy7canary", "plain-word"], "-Xy7canary", "plain-word"],
  ["behind an option of one dash", ["-token", "canary-word", "--a"], "canary-word", "--a"],
  ["of a variable", ["run", "-e", "MY_TOKEN=canary=1", "image"], "canary=1", "image"],
  ["of a variable in one word", ["--env=MY_TOKEN=canary=1", "A_B=plain"], "canary=1", "plain"],
];

for (const [what, args, secret, plain] of WORDS) {
  test(`a secret ${what} among the words of a program is hidden`, async () => {
    const reach = { kind: "program", command: "x", args, env: {}, cwd: "/" } as const;
    const { redactor } = await learntFrom({ mcpServers: [{ ...upstreamNamed("a"), reach }] });
    assert.match(redactor.text(secret), HIDDEN);
    assert.equal(redactor.text(plain), plain);
  });
}

test("a secret of a configuration that is gone is one still", async () => {
  const [first, second] = ["first-secret", "second-secret"];
  const { redactor, hide } = await learntFrom(
    { api_key: createSecret(first) },
    { api_key: createSecret(second) },
  );
  for (const secret of [first, second]) assert.match(redactor.text(secret), HIDDEN);
  assert.equal(hide.inWhole(`${first}, ${second}`), "[REDACTED], [REDACTED]");
});

test("a configuration that cannot be read takes nothing away", async () => {
  const redaction = await learntFrom(HELD);
  const refused = { ok: false, failure: [] } as const;
  assert.equal(await redaction.learning(async () => refused)(), refused);
  assert.match(redaction.redactor.text("cloud-secret"), HIDDEN);
});

test("marks under one pepper are the same in every process, and others under another", async () => {
  const [one, two, three] = await Promise.all([
    learntFrom(HELD),
    learntFrom(HELD),
    learntFrom(HELD),
  ]);
  one.useKey(createSecretKey(Buffer.alloc(32, 1)));
  two.useKey(createSecretKey(Buffer.alloc(32, 1)));
  three.useKey(createSecretKey(Buffer.alloc(32, 2)));
  const [a, b, c] = [one, two, three].map(({ redactor }) => redactor.text("cloud-secret"));
  assert.equal(a, b);
  assert.notEqual(a, c);
});
