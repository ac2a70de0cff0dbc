import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { request } from "node:https";
import { configIn, folderFor, kubiya, until } from "../support/server.ts";
import { listen } from "../support/http.ts";

const CERTIFICATES = "test/support/certificates";

/** Puts a certificate and its key where a configuration looks for them. */
async function putIn(folder: string, cert: string, key: string = cert): Promise<void> {
  await copyFile(join(CERTIFICATES, `${cert}.cert.pem`), join(folder, "cert.pem"));
  await copyFile(join(CERTIFICATES, `${key}.key.pem`), join(folder, "key.pem"));
}

const TLS = { cert: "cert.pem", key: "key.pem" };

/** The name in the certificate that a new connection is shown. */
async function shown(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(
    { host: "127.0.0.1", port: Number(new URL(url).port), rejectUnauthorized: false },
    () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    },
  );
  socket.on("error", reject);
  return promise;
}

test("credentials travel under TLS, by a certificate that clients can check", async (context) => {
  const folder = await folderFor(context);
  await putIn(folder, "first");
  const { url } = await listen(context, folder, { http: { tls: TLS } });
  assert.match(url, /^https:/);
  const ca = await readFile(join(CERTIFICATES, "first.cert.pem"));
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request(`${url}/health`, { ca, agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode);
  })
    .on("error", reject)
    .end();
  assert.equal(await promise, 200);
});

test("a certificate that is renewed is shown without a restart; one that does not fit is not", async (context) => {
  const folder = await folderFor(context);
  await putIn(folder, "first");
  const { url, stderr } = await listen(context, folder, { http: { tls: TLS } });
  assert.equal(await shown(url), "first");
  await putIn(folder, "second", "first");
  await until(() => stderr().includes("the last good certificate goes on"));
  assert.equal(await shown(url), "first");
  await putIn(folder, "second");
  await until(async () => (await shown(url)) === "second");
});

async function refused(
  context: TestContext,
  put: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = await folderFor(context);
  await put(folder);
  const config = await configIn(folder, { http: { port: 0, tls: TLS } });
  const ran = await kubiya(["mcp", "serve", "--config", config]);
  assert.equal(ran.code, 3);
  assert.doesNotMatch(ran.stderr, /PRIVATE/);
  return ran.stderr;
}

test("a certificate that cannot be used refuses the start, and says the mend", async (context) => {
  assert.match(await refused(context, async () => {}), /http\.tls\.cert: the file is not there/);
  assert.match(
    await refused(context, (folder) => putIn(folder, "first", "second")),
    /http\.tls: is no certificate with its key: .*\(write the certificate/,
  );
});
