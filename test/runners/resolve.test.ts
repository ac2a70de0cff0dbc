import assert from "node:assert/strict";
import { test } from "node:test";
import { createResolveRunner } from "../../src/runners/resolve.ts";

const HERE = { "kubiya-hosted": true, "kubiya-hosted-1": true, "kubiya-cloud": true, own: true };
type Health = Readonly<Record<string, boolean | null>>;

/** What the cloud says of its runners, what is asked for by a default, what that is, and its health. */
const NAMES: readonly (readonly [Health, string, string, string, boolean | null])[] = [
  [HERE, "auto", "local", "kubiya-hosted", true],
  [{ own: true, "kubiya-hosted": true }, "auto", "local", "kubiya-hosted", true],
  [{ ...HERE, "kubiya-hosted": false }, "auto", "local", "kubiya-hosted-1", true],
  [{ "kubiya-hosted": null, "kubiya-cloud": true }, "auto", "local", "kubiya-cloud", true],
  [{ "kubiya-hosted": false, first: false, second: true }, "auto", "local", "second", true],
  [{ own: false }, "auto", "local", "own", false],
  [{ own: false, "kubiya-cloud": null }, "auto", "local", "kubiya-cloud", null],
  [{}, "auto", "local", "kubiya-hosted", null],
  [{ own: true }, "default", "own", "own", true],
  [{ own: true }, "default", "auto", "own", true],
  [{ own: true }, "other", "local", "other", null],
];

for (const [health, requested, byDefault, name, healthy] of NAMES) {
  const said = JSON.stringify(health);
  test(`with the runners ${said}, ${requested} by the default ${byDefault} is ${name}`, () => {
    const known = Object.entries(health).map(([one, is]) => ({ name: one, healthy: is }));
    const resolved = createResolveRunner(byDefault, known)(requested);
    const { instead: _, ...runner } = resolved;
    assert.deepEqual(runner, { requested, name, kind: "kubiya", healthy });
  });
}

test("auto names the other healthy runners that may take its place, in order; a name that was written has none", () => {
  const known = [
    { name: "own", healthy: true },
    { name: "sick", healthy: false },
    { name: "kubiya-cloud", healthy: true },
    { name: "kubiya-hosted", healthy: true },
  ];
  const resolve = createResolveRunner("auto", known);
  for (const requested of ["auto", "default"]) {
    assert.deepEqual(resolve(requested).instead, ["kubiya-cloud", "own"]);
  }
  assert.equal(resolve("own").instead, undefined);
  assert.equal(resolve("local").instead, undefined);
});

test("local is this machine, whatever the cloud says", () => {
  for (const requested of ["local", "default"]) {
    const resolved = createResolveRunner("local", [{ name: "local", healthy: false }])(requested);
    assert.deepEqual(resolved, { requested, name: "local", kind: "local", healthy: true });
  }
});
