import assert from "node:assert/strict";
import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { whyNoSandbox } from "../support/sandbox.ts";
import {
  callText,
  configIn,
  connect,
  folderFor,
  kubiya,
  recordsIn,
  until,
} from "../support/server.ts";

const skip = whyNoSandbox();

/** A folder for the PATH of a server: outside there is nothing on it, inside there are the system's programs. */
async function world(context: TestContext) {
  const folder = await folderFor(context);
  const bin = join(folder, "bin");
  await mkdir(bin);
  const tool = {
    name: "look",
    content: `cat ${folder}/config.json || ls -A /; touch ${folder}/ran; echo confined`,
    sandbox: "bubblewrap",
    network: false,
    with_volumes: [{ source: "/usr/bin", path: bin }],
  };
  const config = await configIn(folder, { whitelisted_tools: [tool] });
  return { folder, bin, tool, config, env: { PATH: bin, HOME: folder } };
}

const ABSENT = /look: sandbox: this machine cannot do it: bwrap: it is not on the server's PATH/;

test("a server whose tool asks for a sandbox that is not there does not start, and says the mend", async (context) => {
  const { folder, config, env } = await world(context);
  const served = await kubiya(["mcp", "serve", "--config", config], { env });
  assert.deepEqual([served.code, served.stdout], [3, ""]);
  assert.match(served.stderr, ABSENT);
  assert.match(served.stderr, /install bubblewrap/);
  const validated = await kubiya(["mcp", "validate", "--config", config], { env });
  assert.equal(validated.code, 3);
  assert.match(validated.stderr, ABSENT);
  const examined = await kubiya(["mcp", "doctor", "--config", config], { env });
  assert.equal(examined.code, 1);
  assert.match(
    examined.stdout,
    /^fail {2}confinement .*look: sandbox: .*\n +-> install bubblewrap/m,
  );
  assert.equal(examined.stdout.split("bwrap: it is not on").length, 2);
  assert.equal((await readdir(folder)).includes("ran"), false);
});

test(
  "a sandbox that goes away while the server runs: its tool is not started, and no reload takes effect",
  { skip },
  async (context) => {
    const { folder, bin, tool, config, env } = await world(context);
    await symlink("/usr/bin/bwrap", join(bin, "bwrap"));
    const examined = await kubiya(["mcp", "doctor", "--config", config], { env });
    assert.match(examined.stdout, /^ok {4}confinement +bubblewrap works \(asked for by look\)$/m);
    const client = await connect(context, ["--config", config], env);
    const inside = await callText(client, "look");
    assert.deepEqual([inside.isError, inside.text.endsWith("\nconfined\n")], [false, true]);
    assert.doesNotMatch(inside.text, /whitelisted_tools/);
    assert.equal((await readdir(folder)).includes("ran"), false);

    await rm(join(bin, "bwrap"));
    const refused = await callText(client, "look");
    assert.equal(refused.isError, true);
    assert.match(
      refused.text,
      /look was not started: bwrap cannot confine it: .*\n.*Install bubblewrap/,
    );
    assert.equal((await readdir(folder)).includes("ran"), false);

    await configIn(folder, { whitelisted_tools: [tool, { name: "more", content: "echo" }] });
    const records = async () => recordsIn(join(folder, "state"));
    await until(async () => (await records()).some(({ action }) => action === "config_reload"));
    const told = (await records()).filter(({ action }) =>
      /^(?:config_reload|execute_tool)$/.test(action),
    );
    assert.deepEqual(told.map(({ result, error_code: code }) => [result, code ?? null]).slice(-2), [
      ["error", "not_confined"],
      ["failure", null],
    ]);
    assert.deepEqual(
      (await client.listTools()).tools.map(({ name }) => name),
      ["look"],
    );
  },
);
