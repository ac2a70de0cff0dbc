// The receiver's side is the library of the specification's own authors.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { signedHeaders } from "../../src/alerts/signature.ts";
import { createSecret } from "../../src/lib/secret.ts";

const SECRET = `whsec_${Buffer.alloc(32, "key").toString("base64")}`;

function signed(body: string): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000);
  return { ...signedHeaders({ id: "0197-a", timestamp, body }, createSecret(SECRET)) };
}

test("what is signed is verified by a receiver that has the secret, and by no other", () => {
  const body = '{"type":"alert.test","data":{"message":"ü 😀"}}';
  const headers = signed(body);
  assert.deepEqual(new Webhook(SECRET).verify(body, headers), JSON.parse(body));
  assert.throws(() => new Webhook(SECRET).verify(`${body} `, headers));
  assert.throws(() => new Webhook(SECRET).verify(body, { ...headers, "webhook-id": "other" }));
  const other = `whsec_${Buffer.alloc(32, "other").toString("base64")}`;
  assert.throws(() => new Webhook(other).verify(body, headers));
});

test("the example of the specification's library has its signature", () => {
  const message = {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
  };
  const secret = createSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  assert.equal(
    signedHeaders(message, secret)["webhook-signature"],
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

test("the headers hold the signature and no secret", () => {
  const headers = signed("{}");
  assert.deepEqual(Object.keys(headers), [
    "content-type",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
  ]);
  assert.doesNotMatch(JSON.stringify(headers), /whsec|a2V5a2V5/);
});
