import assert from "node:assert/strict";
import { test } from "node:test";
import { failed } from "../../src/lib/outcome.ts";
import { createGetJson } from "../../src/outbound/get-json.ts";

for (const host of [
  ...["169.254.169.254", "100.100.100.200:444", "[fe80::1]", "[::ffff:169.254.169.254]"],
  ...["metadata.google.internal", "metadata", "instance-data.ec2.internal:8443"],
]) {
  test(`no server leads to ${host}, which serves metadata of a cloud`, async () => {
    const getJson = createGetJson({ http: null, https: null, none: null });
    const url = new URL(`https://${host}/keys`);
    assert.deepEqual(
      await getJson(url.href, "server"),
      failed({
        reason: "refused",
        detail: `${url.host} serves metadata of a cloud, and is not asked`,
      }),
    );
  });
}
