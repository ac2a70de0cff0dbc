import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalAddress, isLoopback, sourceOf } from "../../src/lib/address.ts";
import { clientAddress } from "../../src/server/http-address.ts";

const PROXIES = ["10.0.0.0/8", "2001:db8::/32"];

const HOPS: readonly (readonly [string, string | undefined, readonly string[], string | null])[] = [
  ["the peer", "192.0.2.1", [], "192.0.2.1"],
  ["a mapped peer, folded", "::ffff:192.0.2.1", [], "192.0.2.1"],
  ["a peer with a zone, stripped", "fe80::1%eth0", [], "fe80::1"],
  ["a peer that is gone", undefined, [], null],
  ["a header of a peer that is not trusted", "192.0.2.1", ["198.51.100.1"], "192.0.2.1"],
  ["what a proxy says", "10.0.0.1", ["198.51.100.1"], "198.51.100.1"],
  ["what a mapped proxy says", "::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"],
  ["what a proxy of IPv6 says", "2001:db8::9", [" 198.51.100.1 "], "198.51.100.1"],
  [
    "the first hop from the right that is not trusted",
    "10.0.0.1",
    ["6.6.6.6, 198.51.100.1, 10.0.0.2"],
    "198.51.100.1",
  ],
  ["over several headers", "10.0.0.1", ["6.6.6.6", "198.51.100.1", "10.0.0.2"], "198.51.100.1"],
  ["the farthest proxy, where all are trusted", "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"],
  ["a proxy that names nobody", "10.0.0.1", [], "10.0.0.1"],
  ["a mapped hop, folded", "10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"],
  ["a malformed hop", "10.0.0.1", ["198.51.100.1, unknown"], null],
  [
    "a malformed hop beyond the first untrusted one",
    "10.0.0.1",
    ["unknown, 198.51.100.1"],
    "198.51.100.1",
  ],
  ["an empty hop", "10.0.0.1", ["198.51.100.1,"], null],
  ["an empty header", "10.0.0.1", [""], null],
  ["a hop with a port", "10.0.0.1", ["198.51.100.1:80"], null],
  ["a hop with a zone", "10.0.0.1", ["fe80::1%eth0"], null],
  ["a hop in octal", "10.0.0.1", ["0306.51.100.1"], null],
  ["a hop that is short", "10.0.0.1", ["198.51.1"], null],
];

for (const [what, peer, forwarded, ip] of HOPS) {
  test(`the address of a client: ${what}`, () => {
    assert.equal(clientAddress(peer, forwarded, PROXIES).ip, ip);
  });
}

test("no header moves the address of a peer that is not trusted", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (forwarded) => {
      const { ip, peer_ip: peer } = clientAddress("192.0.2.1", forwarded, PROXIES);
      assert.deepEqual([ip, peer], ["192.0.2.1", "192.0.2.1"]);
    }),
  );
});

test("whatever a proxy says, the address is one or nobody's", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6())), (forwarded) => {
      const { ip } = clientAddress("10.0.0.1", forwarded, PROXIES);
      assert.ok(ip === null || canonicalAddress(ip) === ip);
    }),
  );
});

test("this machine alone is loopback", () => {
  for (const host of [
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "localhost",
    "LocalHost",
    "::ffff:127.0.0.1",
  ]) {
    assert.equal(isLoopback(host), true, host);
  }
  for (const host of [
    "0.0.0.0",
    "::",
    "",
    "10.0.0.1",
    "localhost.",
    "127.1",
    "localhost.example",
  ]) {
    assert.equal(isLoopback(host), false, host);
  }
});

test("a source is an address of IPv4, and a network of 64 bits of IPv6", () => {
  assert.equal(sourceOf("192.0.2.1"), "192.0.2.1");
  assert.equal(sourceOf("2001:db8:1:2:3::4"), "2001:db8:1:2::");
});
