import assert from "node:assert/strict";
import { join } from "node:path";
import { Writable } from "node:stream";
import { test } from "node:test";
import { run } from "../../src/compose/run.ts";
import { outsideIn } from "../support/outside.ts";
import { configIn, folderFor, recordsIn } from "../support/server.ts";

test("a server that is ended in the instant in which it says that it listens says goodbye", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, {});
  let end = (): void => assert.fail("nothing would have heard the end");
  const stderr = new Writable({
    write: (chunk, _encoding, written) => {
      if (String(chunk).startsWith("listening on")) end();
      written();
    },
  });
  const onEnd = (ending: () => void): void => {
    end = ending;
  };
  const argv = ["mcp", "serve", "--config", config, "--port", "0"];
  const code = await run(outsideIn(folder, argv, { stderr, onEnd }));
  assert.equal(code, 0);
  const events = (await recordsIn(join(folder, "state"))).map(({ action }) => action);
  assert.deepEqual(events, ["server_start", "server_stop"]);
});
