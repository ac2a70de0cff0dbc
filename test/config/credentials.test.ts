import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { faults, homeFor, loaded } from "./world.ts";

test("the caller's credential is the token, then the key of the environment, then that of the file", async (context) => {
  const home = await homeFor(context);
  const file = { api_key: "of-file" };
  const key = { KUBIYA_API_KEY: "of-environment" };
  const token = { KUBIYA_AUTH_TOKEN: "token" };
  const cases = [
    [{ file }, "of-file", "of-file", "api_key"],
    [{ file, environment: key }, "of-environment", "of-environment", "KUBIYA_API_KEY"],
    [{ file, environment: { ...key, ...token } }, "token", "of-environment", "KUBIYA_AUTH_TOKEN"],
    [{ environment: token }, "token", undefined, "KUBIYA_AUTH_TOKEN"],
    [
      { file, environment: { KUBIYA_API_KEY: "", KUBIYA_AUTH_TOKEN: "" } },
      "of-file",
      "of-file",
      "api_key",
    ],
    [{}, undefined, undefined, null],
  ] as const;
  for (const [said, caller, cloud, from] of cases) {
    const { config } = await loaded(home, said);
    assert.equal(config.caller_credential?.reveal(), caller);
    assert.equal(config.api_key?.reveal(), cloud);
    assert.equal(config.caller_credential_from, from);
  }
});

for (const name of ["KUBIYA_API_KEY", "KUBIYA_AUTH_TOKEN"]) {
  test(`${name}_FILE is read, without the line's end`, async (context) => {
    const home = await homeFor(context);
    await writeFile(join(home, "secret"), "kbk_x y \r\n");
    const { config } = await loaded(home, { environment: { [`${name}_FILE`]: "~/secret" } });
    assert.equal(config.caller_credential?.reveal(), "kbk_x y ");
    assert.equal(config.caller_credential_from, `${name}_FILE`);
  });

  test(`${name}_FILE that is not there, is empty, or stands beside ${name} is a fault`, async (context) => {
    const home = await homeFor(context);
    await writeFile(join(home, "empty"), "\n");
    await writeFile(join(home, "secret"), "canary");
    const cases = [
      [{ [`${name}_FILE`]: "nope" }, /nope cannot be read: it is not there/],
      [{ [`${name}_FILE`]: "." }, /cannot be read: it is a directory/],
      [{ [`${name}_FILE`]: "empty" }, /empty is empty/],
      [{ [`${name}_FILE`]: "secret", [name]: "canary" }, new RegExp(`^${name} is set as well$`)],
    ] as const;
    for (const [environment, message] of cases) {
      const found = await faults(home, { environment });
      assert.deepEqual(
        found.map(({ path, field }) => [path, field]),
        [["environment", `${name}_FILE`]],
      );
      assert.match(String(found[0]?.message), message);
      assert.doesNotMatch(JSON.stringify(found), /canary/);
    }
  });
}

test("a credential cannot be printed by accident", async (context) => {
  const { config } = await loaded(await homeFor(context), { file: { api_key: "canary" } });
  const { environment: _, ...rest } = config;
  assert.doesNotMatch(JSON.stringify(rest), /canary/);
  assert.doesNotMatch(inspect(rest, { depth: null, showHidden: true }), /canary/);
  assert.doesNotMatch(String(config.caller_credential), /canary/);
});
