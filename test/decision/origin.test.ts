// An organisation whose policies want what is read to be one server's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compiler, inFolder, must } from "./rego.ts";

const POLICY = `package custom

decision := {"deny": deny}

deny contains {"code": "other_server", "message": "Resources are read from docs alone."} if {
	input.action == "resources/read"
	not _of_docs
}

_of_docs if input.reading.origin == "docs"
`;

const TESTS = `package custom_test

import data.custom

_codes(reading) := {reason.code |
	some reason in custom.decision.deny with input as object.union({"action": "resources/read"}, reading)
}

test_its_own if _codes({"reading": {"origin": "docs"}}) == set()

test_another if _codes({"reading": {"origin": "web"}}) == {"other_server"}

test_nobody if _codes({"reading": {"origin": null}}) == {"other_server"}

test_none if _codes({"reading": null}) == {"other_server"}

test_no_origin if _codes({"reading": {}}) == {"other_server"}

test_missing if _codes({}) == {"other_server"}

test_a_prompt if custom.deny == set() with input as {"action": "prompts/get", "reading": {"origin": "web"}}
`;

test("a policy that names a server grants what is its own and denies all else, on opa and on the wasm", async () => {
  const files = { "custom.rego": POLICY, "custom_test.rego": TESTS };
  await inFolder(files, async (dir) => {
    const { tests, coverage } = must(await compiler().test(dir));
    for (const { name, opa, wasm } of tests) assert.deepEqual([opa, wasm], [true, true], name);
    assert.deepEqual([tests.length, coverage], [7, 100]);
  });
});
