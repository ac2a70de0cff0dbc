// Command lines that are wrong: nothing is opened, and so nothing is made or recorded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./host.ts";

const CREATE = ["auth", "key", "create"];
const NAMED = [...CREATE, "--name", "ci"];
const FORM = /whole number from 1 with its unit s, m, h or d, as 90s, 15m, 1h, 30d/;
const NAME = /It must have 1 to 100 printable characters/;

const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [CREATE, /^auth key create: name the key, as --name ci\n$/],
  [[...CREATE, "--name", ""], NAME],
  [[...CREATE, "--name", "   "], NAME],
  [[...CREATE, "--name", "a".repeat(101)], NAME],
  [[...CREATE, "--name", "a\u001B[2J"], NAME],
  [[...CREATE, "--name", "a\nb"], NAME],
  [[...NAMED, "--user", "\u202E"], NAME],
  ...["soon", "0d", "1", "1.5h", "1w", "-1h", "01h", "1000000s", ""].map(
    (expires) => [[...NAMED, `--expires=${expires}`], FORM] as const,
  ),
  [["auth", "token", "generate", "--expires", "1 h"], FORM],
  [["auth", "key", "rotate", "x", "--grace", "never"], FORM],
  [[...NAMED, "--allowed-ip", "10.0.0.1/8"], /It has host bits set; its network is 10\.0\.0\.0\/8/],
  [[...NAMED, "--allowed-ip", "10.0.0.1"], /as a network of one it is 10\.0\.0\.1\/32/],
  [[...NAMED, "--allowed-ip", "here"], /It is no network/],
  [[...NAMED, "--allowed-ip", "0.0.0.0/0"], /allows every IPv4 address: .* add --any/],
  [[...NAMED, "--allowed-ip", "10.0.0.0/8", "--allowed-ip", "::/0"], /allows every IPv6 address/],
  [[...NAMED, "--allowed-ip", "::ffff:0:0/96"], /allows every IPv4 address/],
  [[...NAMED, "--allowed-ip=0.0.0.0/1", "--allowed-ip=128.0.0.0/1"], /allows every IPv4 address/],
  [
    [...NAMED, "--permission", "tools:list", "--permission", "tool:exec"],
    /--permission tool:exec: there is no such permission; the nearest is tools:exec.*; there are: tools:execute, tools:list, .*, \*/,
  ],
  [["auth", "token", "generate", "--permission", "runners"], /the nearest is runners:read/],
];

for (const [argv, says] of WRONG) {
  test(`${JSON.stringify(argv.join(" "))} is a wrong command line, and opens nothing`, async () => {
    const ran = await run(argv);
    assert.deepEqual([ran.code, ran.stdout, ran.closed], [2, "", false]);
    assert.match(ran.stderr, says);
    assert.equal(ran.stderr.includes("\u001B"), false);
  });
}
