import assert from "node:assert/strict";
import { test } from "node:test";
import { needsNoProxy } from "../../src/outbound/no-proxy.ts";

/** A list, addresses that need no proxy by it, and addresses that do. */
const LISTS: readonly (readonly [string | null, readonly string[], readonly string[]])[] = [
  [
    null,
    [
      "https://localhost",
      "https://LOCALHOST:8443",
      "https://localhost.",
      "http://127.0.0.1:1",
      "https://127.9.9.9",
      "https://2130706433",
      "https://[::1]:1",
      "https://[::ffff:127.0.0.1]",
      "http://0.0.0.0:1",
      "http://0",
      "http://[::]",
      "https://[::ffff:0.0.0.0]",
      "http://a.localhost",
      "https://a.b.LocalHost.:1",
    ],
    [
      "https://0.0.0.1",
      "https://alocalhost",
      "https://a.example",
      "https://10.0.0.1",
      "https://[::2]",
      "https://localhost.example",
    ],
  ],
  ["", ["https://localhost"], ["https://a.example"]],
  ["*", ["https://a.example", "http://10.0.0.1"], []],
  ["*:80", ["http://a.example"], ["https://a.example"]],
  [
    "a.example",
    ["https://a.example", "https://A.example.:8443", "http://b.a.example"],
    ["https://ba.example", "https://a.example.org", "https://example"],
  ],
  [".a.example", ["https://a.example", "https://b.a.example"], ["https://ba.example"]],
  ["*.a.example", ["https://b.a.example"], ["https://a.example", "https://ba.example"]],
  ["A.Example.", ["https://a.example"], ["https://b.example"]],
  [
    "a.example:8443, b.example\tc.example:443",
    ["https://a.example:8443", "https://b.example:1", "https://c.example"],
    ["https://a.example", "http://c.example", "http://a.example:80"],
  ],
  ["10.1.2.3", ["https://10.1.2.3", "http://10.1.2.3:8"], ["https://10.1.2.4", "https://0.10.1.2"]],
  ["10.1.2.3:443", ["https://10.1.2.3"], ["http://10.1.2.3"]],
  ["10.0.0.0/8", ["https://10.1.2.3"], ["https://11.1.2.3", "https://ten.example"]],
  ["10.1.2.3/8,fd00::1/8", ["https://10.3.2.1", "https://[fd01::]"], ["https://11.1.2.3"]],
  ["::ffff:10.1.2.3/104", ["https://10.3.2.1"], ["https://11.1.2.3"]],
  ["10.0.0.0/33", [], ["https://10.0.0.0"]],
  ["fd00::/8,::2", ["https://[fd00::1]", "https://[0:0::2]:1"], ["https://[fe00::1]"]],
  ["[fd00::1]:443,[fd00::2]", ["https://[fd00::1]", "http://[fd00::2]"], ["http://[fd00::1]"]],
];

for (const [list, direct, proxied] of LISTS) {
  test(`by ${list === null ? "no list" : `the list "${list}"`} some hosts need no proxy`, () => {
    const found = [...direct, ...proxied].filter((url) => needsNoProxy(new URL(url), list));
    assert.deepEqual(found, direct);
  });
}
