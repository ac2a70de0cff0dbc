import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalNetwork, wholeFamily } from "../../src/lib/networks.ts";

const NETWORKS: readonly (readonly [string, string])[] = [
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["192.168.1.0/24", "192.168.1.0/24"],
  ["10.1.2.3/32", "10.1.2.3/32"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["2001:DB8:0:0::/32", "2001:db8::/32"],
  ["::1/128", "::1/128"],
  ["::/0", "::/0"],
  ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
  ["::ffff:a00:0/104", "10.0.0.0/8"],
  ["::ffff:0:0/96", "0.0.0.0/0"],
];

for (const [written, canonical] of NETWORKS) {
  test(`${written} is the network ${canonical}`, () => {
    assert.deepEqual(canonicalNetwork(written), { ok: true, value: canonical });
  });
}

const NONE: readonly (readonly [string, string])[] = [
  ["10.1.2.0/8", "has host bits set; its network is 10.0.0.0/8"],
  ["2001:db8::1/32", "has host bits set; its network is 2001:db8::/32"],
  ["::ffff:10.0.0.1/104", "has host bits set; its network is 10.0.0.0/8"],
  ["::ffff:0:0/95", "reaches beyond the mapped IPv4 addresses"],
  ["10.0.0.1", "is an address; as a network of one it is 10.0.0.1/32"],
  ["::1", "is an address; as a network of one it is ::1/128"],
  ["10.0.0.0/33", "is no network"],
  ["10.0.0.0/-1", "is no network"],
  ["10.0.0.0/", "is no network"],
  ["10.0.0.0/8/8", "is no network"],
  ["1::/129", "is no network"],
  ["fe80::1%eth0/64", "is no network"],
  ["garbage", "is no network"],
  ["", "is no network"],
  ["10.1/16", "is no network"],
  ["010.0.0.0/8", "is no network"],
  ["0x0a.0.0.0/8", "is no network"],
  ["167772160/8", "is no network"],
  ["::ffff:010.0.0.0/104", "is no network"],
  [" 10.0.0.0/8", "is no network"],
];

for (const [written, failure] of NONE) {
  test(`${JSON.stringify(written)} ${failure}`, () => {
    assert.deepEqual(canonicalNetwork(written), { ok: false, failure });
  });
}

const FAMILIES: readonly (readonly [readonly string[], "IPv4" | "IPv6" | null])[] = [
  [[], null],
  [["10.0.0.0/8", "2001:db8::/32"], null],
  [["0.0.0.0/0"], "IPv4"],
  [["10.0.0.0/8", "::/0"], "IPv6"],
  [["0.0.0.0/1", "128.0.0.0/1"], "IPv4"],
  [["128.0.0.0/2", "0.0.0.0/1", "192.0.0.0/2", "10.0.0.0/8"], "IPv4"],
  [["0.0.0.0/1", "0.0.0.0/1"], null],
  [["0.0.0.0/1", "128.0.0.0/2", "128.0.0.0/3"], null],
  [["0.0.0.0/1", "8000::/1"], null],
  [["::/1", "8000::/2", "c000::/2"], "IPv6"],
  // All but one address.
  [Array.from({ length: 128 }, (_, at) => halfOf(at)), null],
  [[...Array.from({ length: 128 }, (_, at) => halfOf(at)), "::/128"], "IPv6"],
];

/** Of what the halves before it left of the IPv6 addresses the upper half. */
function halfOf(at: number): string {
  const words = ((1n << BigInt(127 - at)).toString(16).padStart(32, "0").match(/.{4}/g) ?? []).join(
    ":",
  );
  const canonical = canonicalNetwork(`${words}/${at + 1}`);
  return canonical.ok ? canonical.value : assert.fail(canonical.failure);
}

for (const [networks, family] of FAMILIES) {
  test(`${networks.slice(0, 4).join(", ")} (${networks.length}) have all of ${family}`, () => {
    assert.equal(wholeFamily(networks), family);
  });
}
