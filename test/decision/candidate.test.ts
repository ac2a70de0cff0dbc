import assert from "node:assert/strict";
import { test } from "node:test";
import { createVetBuiltin } from "../../src/decision/candidate.ts";
import type { EngineSource } from "../../src/decision/engine.ts";
import type { Outcome } from "../../src/lib/outcome.ts";
import { buildRego, listening, loaded } from "./rego.ts";
import { canary, shippedBundle } from "./server.ts";

/** Built-in policies in small: right, until one line is replaced. */
const RULES = `package kubiya

admit.decision := answer
manage.decision := answer
read.decision := answer
list.decision := object.union(answer, {"visible": {}})
mask.decision := {"paths": []}
alerts.decision := {"alerts": [{"code": input.what, "severity": "warning", "message": "m", "key": input.id}]}
call.decision := answer

answer := {"allow": reasons == [], "reasons": reasons, "obligations": []}
reasons := [{"code": "input.invalid", "message": "No."} | not callable]
callable if {
	input.tool.name
	input.runner.name
	input.credential.status in {"absent", "verified"}
	is_null(data.facts.whitelist)
}
dawdles if not input.arguments.items
dawdles if {
	input.arguments.items
	endless == []
}
text := concat("", ["aaaaaaaaaaaaaaab" | some _ in numbers.range(1, 5000)])
endless := [1 | some _ in numbers.range(1, 100000); contains(text, "aaaaaaaaaaaaaaac")]
`;

async function source(line: string, instead: string): Promise<EngineSource> {
  assert.ok(RULES.includes(line));
  const names = ["admit", "alerts", "call", "list", "manage", "mask", "read"];
  const entrypoints = names.map((name) => `kubiya/${name}/decision`);
  const rego = RULES.replace(line, instead);
  const { module } = await loaded(await buildRego(rego, ...entrypoints));
  return { module, data: { facts: { whitelist: null } }, entrypoints };
}

/** What a vetting says. */
function said(vetted: Outcome<null, string>): string {
  return vetted.ok ? "good" : vetted.failure;
}

const CANDIDATES: readonly (readonly [
  what: string,
  line: string,
  instead: string,
  said: RegExp,
])[] = [
  ["that are right", "", "", /^good$/],
  [
    "that deny what must be allowed",
    "is_null(data.facts.whitelist)",
    "input.none",
    /^a call that must be allowed was denied$/,
  ],
  [
    "that do not look at the facts",
    "is_null(data.facts.whitelist)",
    "true",
    /^it decides without looking at the facts$/,
  ],
  [
    "that allow a call of nothing",
    "	input.tool.name\n",
    "",
    /^a call that must be denied was allowed$/,
  ],
  [
    "that allow a call to nowhere",
    "	input.runner.name\n",
    "",
    /^a call that must be denied was allowed$/,
  ],
  [
    "that allow a stranger",
    '	input.credential.status in {"absent", "verified"}\n',
    "",
    /^a call that must be denied was allowed$/,
  ],
  [
    "that tell nobody of a test",
    '[{"code": input.what, "severity": "warning", "message": "m", "key": input.id}]',
    "[]",
    /^it does not say what somebody must hear of$/,
  ],
  [
    "that do not say what to mask",
    'mask.decision := {"paths": []}',
    "mask.decision := []",
    /^it does not say what an audit record must not show$/,
  ],
  [
    "that do not end on a large call",
    "	is_null(data.facts.whitelist)\n",
    "	is_null(data.facts.whitelist)\n	dawdles\n",
    /^kubiya\/call\/decision did not answer within 2000 ms on the largest input/,
  ],
];

for (const [what, line, instead, expected] of CANDIDATES) {
  test(`policies ${what} are judged so`, async () => {
    const vet = createVetBuiltin(await canary(), listening().log);
    assert.match(said(await vet(await source(line, instead))), expected);
  });
}

test("what a policy prints about an input that nobody made is not told", async () => {
  const { log, lines } = listening();
  const vet = createVetBuiltin(await canary(), log);
  const line = "	input.runner.name\n";
  const printing = await source(
    line,
    `${line}	print("sees", object.get(input.arguments, "text", "a word"))\n`,
  );
  assert.equal(said(await vet(printing)), "good");
  assert.ok(lines.length > 0);
  assert.deepEqual(new Set(lines), new Set(['a policy printed {"line":"sees a word"}']));
});

test("the shipped policies are vetted, in the same thread again and after one that did not end", async () => {
  const vet = createVetBuiltin(await canary(), listening().log);
  const { module, bundle } = await loaded(await shippedBundle());
  const { facts } = await canary();
  const shipped = { module, data: { facts }, entrypoints: bundle.entrypoints };
  assert.equal(said(await vet(shipped)), "good");
  assert.equal(said(await vet(shipped)), "good");
  const line = "	is_null(data.facts.whitelist)\n";
  const slow = await source(line, `${line}	dawdles\n`);
  assert.match(said(await vet(slow)), /did not answer/);
  assert.equal(said(await vet(shipped)), "good");
});
