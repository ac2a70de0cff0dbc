import assert from "node:assert/strict";
import { test } from "node:test";
import { faults, homeFor, loaded } from "./world.ts";

const URL_HERE = "https://hooks.example/canary-path";
const secretOf = (bytes: number): string =>
  `whsec_${Buffer.alloc(bytes, "canary").toString("base64")}`;

const REFUSED: readonly (readonly [object, string, RegExp])[] = [
  [{ webhook_url: URL_HERE }, "alerts.secret", /is missing/],
  [{ secret: secretOf(32) }, "alerts.webhook_url", /is missing/],
  [{ webhook_url: URL_HERE, secret: secretOf(23) }, "alerts.secret", /24 to 64 bytes/],
  [{ webhook_url: URL_HERE, secret: secretOf(65) }, "alerts.secret", /24 to 64 bytes/],
  [{ webhook_url: URL_HERE, secret: secretOf(32).slice(6) }, "alerts.secret", /whsec_/],
  [{ webhook_url: URL_HERE, secret: "whsec_canary" }, "alerts.secret", /base64/],
  [
    { webhook_url: "http://hooks.example/canary", secret: secretOf(32) },
    "alerts.webhook_url",
    /https/,
  ],
  [{ webhook_url: "file:///canary", secret: secretOf(32) }, "alerts.webhook_url", /https/],
  [{ webhook_url: "canary", secret: secretOf(32) }, "alerts.webhook_url", /https/],
  [
    { webhook_url: "https://canary:pass@hooks.example/", secret: secretOf(32) },
    "alerts.webhook_url",
    /user or a password/,
  ],
];

for (const [alerts, field, message] of REFUSED) {
  test(`${JSON.stringify(alerts)} is a fault of ${field}, and shows neither`, async (context) => {
    const found = await faults(await homeFor(context), { file: { alerts } });
    assert.deepEqual(
      found.map((fault) => fault.field),
      [field],
    );
    assert.match(found[0]?.message ?? "", message);
    assert.doesNotMatch(JSON.stringify(found), /canary|Y2FuYXJ5/);
  });
}

for (const url of [URL_HERE, "http://127.0.0.1:8080/x", "http://[::1]:8080/x"]) {
  test(`alerts may go to ${url}, and neither address nor secret is shown`, async (context) => {
    const file = { alerts: { webhook_url: url, secret: secretOf(24) } };
    const { config, warnings } = await loaded(await homeFor(context), { file });
    assert.deepEqual(warnings, []);
    assert.equal(config.alerts?.webhook_url.reveal(), url);
    assert.equal(config.alerts.secret.reveal(), secretOf(24));
    assert.equal(JSON.stringify(config.alerts), '{"webhook_url":"[hidden]","secret":"[hidden]"}');
  });
}

test("without a webhook alerts go nowhere else", async (context) => {
  const home = await homeFor(context);
  for (const file of [{}, { alerts: {} }]) {
    assert.equal((await loaded(home, { file })).config.alerts, null);
  }
});
