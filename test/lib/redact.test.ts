import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRedactor } from "../../src/lib/redact.ts";
import { ENCODINGS } from "../support/encodings.ts";
import { mark, redactorOf } from "../support/observed.ts";

const SECRET = 's3cret/"é+ü\\~word?';

const UNITS = Array.from('ghijkXYZ/+-_~é\n"%&=€');

for (const { name, encode } of ENCODINGS) {
  test(`a secret that is held is found in ${name}, and marked as the same secret`, () => {
    const { text } = redactorOf(SECRET, "another");
    const written = text(`before ${encode(SECRET)} after`);
    assert.ok(written.includes(mark(SECRET)), written);
    assert.match(written, /^before .{0,5}\[REDACTED:[0-9a-f]{12}\].{0,5} after$/);
  });

  test(`whatever a secret is, nothing is left of it in ${name}`, () => {
    // Marks are of other characters: what is left of a secret cannot be taken for one.
    const secrets = fc.string({ minLength: 16, unit: fc.constantFrom(...UNITS) });
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
        const whole = secret.trim();
        fc.pre(whole.length >= 12);
        const written = createRedactor({
          secrets: [secret],
          isSecretName: () => false,
          mark: () => "",
        }).text(`${before} ${encode(secret)} ${after}`);
        assert.equal(written.includes(encode(whole).slice(4, -4)), false, written);
      }),
      { numRuns: 300 },
    );
  });
}

test("equal secrets have equal marks, others have others", () => {
  const { text } = redactorOf("first-secret", "second-secret");
  const [one, two, again] = text("first-secret second-secret first-secret").split(" ");
  assert.equal(one, again);
  assert.notEqual(one, two);
});

test("a secret inside another leaves no rest, and what is too short to hide is left", () => {
  const { text } = redactorOf("abcd", "abcdef", "", "no");
  assert.equal(text("x abcdef y abcd z no"), `x ${mark("abcdef")} y ${mark("abcd")} z no`);
});

test("each line of a secret that has several is one by itself", () => {
  const key = "first line of a long key\nsecond line of a long key\nend\n";
  const { text } = redactorOf(key);
  assert.equal(text("only second line of a long key."), `only ${mark(key)}.`);
});

const ID = "a".repeat(16);
const REST = "B".repeat(49);
const JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
const PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----";

/** What nobody said is a secret: the text, and what of it is hidden. */
const PATTERNS: readonly (readonly [string, string, string])[] = [
  ["a key of this server, but for its id", `use kbk_${ID}_${REST} now`, REST],
  ["a token of this server with a typing error", `kbt_${ID}_${REST.slice(9)}`, REST.slice(9)],
  ["a token of an issuer", `got ${JWT}, expired`, JWT],
  ["a bearer", "Bearer mF_9.B5f-4.1JqM-xyz", "mF_9.B5f-4.1JqM-xyz"],
  ["a header of a credential", "curl -H 'X-API-Key: abc def' host", "abc def"],
  ["an AWS key id", "id AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE"],
  ["a private key", `key ${PEM} end`, PEM],
  ["a private key that a cut went through", `key ${PEM.slice(0, 40)}`, PEM.slice(0, 40)],
  ["a password in a URL", "postgres://kubiya:pa55@db/kubiya", "pa55"],
  ["what a text calls a password", "psql 'password=hunter2 host=db'", "hunter2"],
  ["what an option calls a token", "login --access-token hunter2 --user me", "hunter2"],
  ["what JSON calls a secret", '{"client_secret": "hunter2"}', "hunter2"],
  ["what JSON in JSON calls an API key", String.raw`"{\"apiKey\":\"hunter2\"}"`, "hunter2"],
];

for (const [what, text, secret] of PATTERNS) {
  test(`${what} is hidden, and what stands around it is not`, () => {
    assert.equal(redactorOf().text(text), text.replace(secret, mark(secret)));
  });
}

test("text that has no secret is left as it is", () => {
  const plain = [
    "api_key: is not a string (write a string)",
    "Token expired; the token was of kbk_id; secrets are hidden",
    "get pods --namespace production, https://user@host/path?next=1",
    "",
  ];
  for (const text of plain) assert.equal(redactorOf("hunter2").text(text), text);
});

const object = {
  command: "login hunter2",
  password: "p",
  list: [{ "Access-Token": { deep: 1 } }, "hunter2", 3, null, true],
  hunter2: "x",
  "a/~": { b: ["s", "t"] },
};

test("an object is hidden by name, by pointer and by held secret, its names too", () => {
  assert.deepEqual(redactorOf("hunter2").object(object, ["/a~1~0/b/1"]), {
    command: `login ${mark("hunter2")}`,
    password: mark("p"),
    list: [{ "Access-Token": mark('{"deep":1}') }, mark("hunter2"), 3, null, true],
    [mark("hunter2")]: "x",
    "a/~": { b: ["s", mark("t")] },
  });
});

const POINTERS = [
  ["a member", { a: "s", b: 1 }, ["/a"], { a: mark("s"), b: 1 }],
  ["a nested member", { a: { b: "s", c: 1 } }, ["/a/b"], { a: { b: mark("s"), c: 1 } }],
  ["an item of an array", { a: ["x", "s"] }, ["/a/1"], { a: ["x", mark("s")] }],
  ["a whole object", { a: { b: 1 } }, ["/a"], { a: mark('{"b":1}') }],
  ["everything", { a: "s", b: { c: 1 } }, [""], { a: mark("s"), b: mark('{"c":1}') }],
  ["nothing where nothing is", { a: 1 }, ["/b", "/a/c"], { a: 1 }],
] as const;

for (const [what, given, pointers, expected] of POINTERS) {
  test(`a pointer hides ${what}`, () => {
    assert.deepEqual(redactorOf().object(given, pointers), expected);
  });
}

test("a pointer finds a member whose name has a secret by the name as it is written", () => {
  const pointer = `/use ${mark("hunter2")}`;
  assert.deepEqual(redactorOf("hunter2").object({ "use hunter2": "s" }, [pointer]), {
    [`use ${mark("hunter2")}`]: mark("s"),
  });
});

test("a text that was made to be slow is searched in a time that grows as it does", () => {
  const { text } = redactorOf(SECRET);
  const slow = [
    "eyJ-",
    "token ",
    "://a:",
    "-----BEGIN PRIVATE KEY-----",
    "kbk_",
    "bearer ",
    "a:b@",
  ];
  for (const piece of slow) {
    const began = performance.now();
    text(piece.repeat(1_048_576 / piece.length));
    assert.ok(performance.now() - began < 1_000, piece);
  }
});
