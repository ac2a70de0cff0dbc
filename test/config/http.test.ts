import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createLoadConfig } from "../../src/config/load.ts";
import { faults, homeFor, loaded } from "./world.ts";

test("without a port the server speaks over stdio, and a host alone says that it is not used", async (context) => {
  const home = await homeFor(context);
  const { config, warnings } = await loaded(home, { file: { http: { host: "10.0.0.1" } } });
  assert.equal(config.http.port, null);
  assert.deepEqual(
    warnings.map(({ field }) => field),
    ["http"],
  );
});

test("what is said about HTTP is settled: flags over file over defaults", async (context) => {
  const home = await homeFor(context);
  const file = {
    require_auth: true,
    http: {
      port: 1,
      public_url: "https://mcp.example.com",
      trusted_proxies: ["::ffff:10.0.0.0/104"],
    },
  };
  const { config } = await loaded(home, { file, flags: { port: 0, host: "10.0.0.1" } });
  assert.deepEqual(config.http, {
    host: "10.0.0.1",
    port: 0,
    public_url: "https://mcp.example.com",
    tls: null,
    allowed_hosts: [],
    allowed_origins: [],
    trusted_proxies: ["10.0.0.0/8"],
  });
});

const FAULTY = [
  [{ public_url: "ftp://x" }, "http.public_url"],
  [{ public_url: "https://x.example/?token=1" }, "http.public_url"],
  [{ allowed_hosts: ["ok.example:8443", "https://x.example"] }, "http.allowed_hosts[1]"],
  [
    { allowed_origins: ["https://ok.example", "https://x.example/path"] },
    "http.allowed_origins[1]",
  ],
  [{ allowed_origins: ["*"] }, "http.allowed_origins[0]"],
  [{ trusted_proxies: ["10.0.0.1/8"] }, "http.trusted_proxies[0]"],
  [{ port: 70_000 }, "http.port"],
] as const;

for (const [http, field] of FAULTY) {
  test(`${JSON.stringify(http)} is a fault at ${field}`, async (context) => {
    const found = await faults(await homeFor(context), { file: { http: { port: 0, ...http } } });
    assert.deepEqual(
      found.map((fault) => fault.field),
      [field],
    );
  });
}

const EXPOSED = { port: 0, host: "0.0.0.0" };
const EXPOSURES = [
  ["nobody authenticates, in the clear", { http: EXPOSED }, {}, 2],
  ["nobody authenticates", { http: EXPOSED }, { insecure_http: true }, 1],
  ["credentials in the clear", { require_auth: true, http: EXPOSED }, {}, 1],
  ["no proxy is trusted", { require_auth: true, http: { ...EXPOSED, trusted_proxies: [] } }, {}, 1],
  ["a host of the flags", { http: { port: 0 } }, { host: "::" }, 2],
  ["a name that is not localhost", { http: { port: 0, host: "localhost.example" } }, {}, 2],
] as const;

for (const [what, file, flags, count] of EXPOSURES) {
  test(`a host that is not loopback is a fault: ${what}`, async (context) => {
    const found = await faults(await homeFor(context), { file, flags });
    assert.equal(found.length, count, JSON.stringify(found));
  });
}

const COVERED = [
  ["loopback", { http: { port: 0, host: "127.8.8.8" } }, {}],
  ["loopback of IPv6", { http: { port: 0, host: "::1" } }, {}],
  ["localhost", { http: { port: 0, host: "localhost" } }, {}],
  ["no port", { http: { host: "0.0.0.0" } }, {}],
  [
    "a trusted proxy",
    { require_auth: true, http: { ...EXPOSED, trusted_proxies: ["10.0.0.0/8"] } },
    {},
  ],
  ["TLS", { require_auth: true, http: { ...EXPOSED, tls: { cert: "c.pem", key: "k.pem" } } }, {}],
  ["the flag", { require_auth: true, http: EXPOSED }, { insecure_http: true }],
] as const;

for (const [what, file, flags] of COVERED) {
  test(`a host is fine with ${what}`, async (context) => {
    await loaded(await homeFor(context), { file, flags });
  });
}

test("what a server listens on stays exposed, whatever its file says by now", async (context) => {
  const home = await homeFor(context);
  const config = join(home, "config.json");
  const write = (written: object): Promise<void> => writeFile(config, JSON.stringify(written));
  const load = createLoadConfig(
    { config, insecure_http: true },
    { environment: {}, home, cwd: home },
  );
  await write({ require_auth: true, http: EXPOSED });
  assert.equal((await load()).ok, true);
  await write({ require_auth: false, http: { port: 0, host: "127.0.0.1" } });
  const reloaded = await load();
  assert.ok(!reloaded.ok);
  assert.match(
    reloaded.failure[0]?.message ?? "",
    /^0\.0\.0\.0 is reachable .* nobody has to auth/,
  );
  await write({ require_auth: true, http: { port: 0, host: "127.0.0.1" } });
  assert.equal((await load()).ok, true);
});
