import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs } from "../../src/lib/duration.ts";

const SPANS: readonly (readonly [string, number | null])[] = [
  ["1s", 1_000],
  ["15m", 900_000],
  ["1h", 3_600_000],
  ["30d", 2_592_000_000],
  ["999999d", 86_399_913_600_000],
  ["1000000s", null],
  ["0s", null],
  ["01s", null],
  ["-1s", null],
  ["1.5h", null],
  ["1", null],
  ["1w", null],
  ["1H", null],
  ["1h ", null],
  ["1h\n", null],
  ["", null],
];

test("a span of time has one form, and every other text is none", () => {
  assert.deepEqual(
    SPANS.map(([written]) => [written, durationMs(written)]),
    SPANS,
  );
});
