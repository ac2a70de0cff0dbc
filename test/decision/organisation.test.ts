import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createOrganisation, type Organisation } from "../../src/decision/organisation.ts";
import { createRemoteEngine } from "../../src/decision/remote-engine.ts";
import type { Loaded } from "../../src/decision/snapshot.ts";
import { startThread, type Thread } from "../../src/decision/thread.ts";
import { createThreads } from "../../src/decision/threads.ts";
import type { InputDocument } from "../../src/input/types.ts";
import { buildInput } from "../../src/input/build.ts";
import { CIRCUMSTANCES, stepOf } from "../support/world.ts";
import { buildRego, listening, loaded, must } from "./rego.ts";

const run = promisify(execFile);
const PRINTER = fileURLToPath(new URL("./printer.ts", import.meta.url));

/** What this policy does is what the argument `do` says. */
const REGO = `package custom

decision := {"deny": deny, "oblige": oblige} if not input.arguments.do in {"undefined", "third", "text"}
decision := {"deny": [], "oblige": [], "allow": true} if input.arguments.do == "third"
decision := "allow" if input.arguments.do == "text"

deny contains {"code": "night", "message": "Not at night.", "hour": 3} if input.arguments.do == "deny"
deny contains {"code": "terse"} if input.arguments.do == "deny"
deny contains {"message": "no code"} if input.arguments.do == "nocode"
deny contains "no" if input.arguments.do == "string"

text := concat("", ["aaaaaaaaaaaaaaab" | some _ in numbers.range(1, 5000)])

deny contains {"code": "slow"} if {
	input.arguments.do == "slow"
	some _ in numbers.range(1, 50000)
	contains(text, "aaaaaaaaaaaaaaac")
}

deny contains {"code": "hungry"} if {
	input.arguments.do == "hungry"
	count([[i, j] | some i in numbers.range(1, 30000); some j in numbers.range(1, 30000)]) > 0
}

deny contains {"code": "torn", "at": torn} if input.arguments.do == "torn"
torn := 1 if input.action
torn := 2 if input.now

oblige contains {"kind": "limit_output", "bytes": 10} if input.arguments.do == "oblige"
oblige contains {"kind": "fly"} if input.arguments.do == "fly"

deny contains {"code": "printed"} if {
	input.arguments.do == "print"
	print("a line of a policy")
}

list := {"hide": ["git"]} if not input.arguments.do in {"badlist"}
list := {"show": []} if input.arguments.do == "badlist"

mask := {"paths": ["/parameters/secret"]} if input.parameters
`;

let policies: Loaded;
before(async () => {
  const entrypoints = ["custom/decision", "custom/list", "custom/mask"];
  policies = await loaded(await buildRego(REGO, ...entrypoints));
});

const STARTED: Thread[] = [];

interface Opened {
  readonly organisation: Organisation;
  readonly lines: readonly string[];
  /** The threads that this organisation has used. */
  readonly used: readonly Thread[];
  readonly given: readonly Thread[];
}

async function open(askMs: number = 250): Promise<Opened> {
  const { log, lines } = listening();
  const { bundle, module } = policies;
  const source = { module, data: { facts: {} }, entrypoints: bundle.entrypoints };
  const used: Thread[] = [];
  const given: Thread[] = [];
  const takeThread = (): Thread => {
    const thread = startThread(log);
    STARTED.push(thread);
    used.push(thread);
    return thread;
  };
  const first = takeThread();
  must(await first.open(source, 5_000));
  const giveThread = (thread: Thread): void => {
    given.push(thread);
    thread.end();
  };
  const engine = createRemoteEngine(source, first, {
    takeThread,
    giveThread,
    openMs: 5_000,
    askMs,
  });
  return { organisation: createOrganisation(engine, bundle.entrypoints, log), lines, used, given };
}

after(() => {
  for (const thread of STARTED) thread.end();
});

function input(what: string): InputDocument {
  const step = stepOf("kubectl", { do: what });
  return buildInput(CIRCUMSTANCES, { action: "tools/call", step });
}

/** The codes of what is objected, in order. */
async function codes(organisation: Organisation, what: string): Promise<readonly string[]> {
  return (await organisation.judge(input(what))).reasons.map(({ code }) => code).toSorted();
}

test("an organisation that objects to nothing objects to nothing", async () => {
  const { organisation } = await open();
  assert.deepEqual(await organisation.judge(input("nothing")), { reasons: [], obligations: [] });
});

test("its denials are reasons under its own name, with a sentence and their facts", async () => {
  const { organisation } = await open();
  const { reasons } = await organisation.judge(input("deny"));
  assert.deepEqual(
    reasons.toSorted((a, b) => (a.code < b.code ? -1 : 1)),
    [
      { code: "organisation.night", message: "Not at night.", hour: 3 },
      { code: "organisation.terse", message: "terse" },
    ],
  );
});

test("its obligations are passed on as they are", async () => {
  const { organisation } = await open();
  const { obligations } = await organisation.judge(input("oblige"));
  assert.deepEqual(obligations, [{ kind: "limit_output", bytes: 10 }]);
});

for (const shape of ["undefined", "third", "text", "nocode", "string"]) {
  test(`a decision in a wrong shape (${shape}) is an objection`, async () => {
    const { organisation } = await open();
    assert.deepEqual(await codes(organisation, shape), ["policy.invalid_decision"]);
  });
}

test("what it hides is told; a list in a wrong shape is a failure", async () => {
  const { organisation } = await open();
  assert.deepEqual(must(await organisation.hidden(input("x"))), ["git"]);
  const hidden = await organisation.hidden(input("badlist"));
  assert.equal(hidden.ok ? null : hidden.failure.code, "policy.invalid_decision");
});

test("what it masks is told; where it cannot say, that is told", async () => {
  const { organisation } = await open();
  assert.deepEqual(await organisation.mask({ parameters: {} }), ["/parameters/secret"]);
  assert.equal(await organisation.mask({}), null);
});

test("a policy that does not end in time is an objection, and the thread is replaced", async () => {
  const { organisation, used, lines } = await open();
  const started = performance.now();
  assert.deepEqual(await codes(organisation, "slow"), ["policy.error"]);
  assert.ok(performance.now() - started < 5_000);
  assert.match(lines[0] ?? "", /timed_out.*no answer within 250 ms/);
  assert.equal(used[0]?.isOver(), true);
  assert.deepEqual(await codes(organisation, "deny"), ["organisation.night", "organisation.terse"]);
  assert.equal(used.length, 2);
});

test("a slow question delays the others and never answers for them", async () => {
  const { organisation } = await open();
  const asked = ["deny", "slow", "nothing", "slow", "deny"].map((what) =>
    codes(organisation, what),
  );
  assert.deepEqual(await Promise.all(asked), [
    ["organisation.night", "organisation.terse"],
    ["policy.error"],
    [],
    ["policy.error"],
    ["organisation.night", "organisation.terse"],
  ]);
});

for (const what of ["hungry", "torn"]) {
  test(`a policy that traps (${what}) is an objection, and the next question is answered`, async () => {
    const { organisation, lines } = await open(5_000);
    assert.deepEqual(await codes(organisation, what), ["policy.error"]);
    assert.ok(lines.some((line) => line.startsWith("an organisation's policy failed ")));
    assert.deepEqual(await codes(organisation, "nothing"), []);
  });
}

test("a thread that died while nobody asked is replaced, and nobody notices", async () => {
  const { organisation, used } = await open();
  used[0]?.end();
  assert.deepEqual(await codes(organisation, "nothing"), []);
  assert.equal(used.length, 2);
});

test("an input that no policy can judge is an objection, and nobody is asked", async () => {
  const { organisation, used } = await open();
  const deep: InputDocument = {
    ...input("nothing"),
    arguments: JSON.parse(`{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`),
  };
  const { reasons } = await organisation.judge(deep);
  assert.deepEqual(
    reasons.map(({ code }) => code),
    ["policy.error"],
  );
  assert.equal(used[0]?.isOver(), false);
});

test("what it prints goes to the log, and never to stdout or stderr", async () => {
  const { organisation, lines } = await open();
  assert.deepEqual(await codes(organisation, "print"), ["organisation.printed"]);
  assert.ok(lines.includes('a policy printed {"line":"a line of a policy"}'));

  const { stdout, stderr } = await run(process.execPath, [PRINTER], { timeout: 30_000 });
  assert.deepEqual({ stdout, stderr }, { stdout: "", stderr: "" });
});

test("a retired organisation answers what it was asked, and lets its thread go after the last", async () => {
  const { organisation, used, given } = await open();
  const asked = ["deny", "nothing"].map((what) => codes(organisation, what));
  organisation.retire();
  assert.deepEqual(given, []);
  assert.deepEqual(await Promise.all(asked), [["organisation.night", "organisation.terse"], []]);
  assert.deepEqual(given, used);
  // A request that still holds it asks again: it is answered, and the thread is let go again.
  assert.deepEqual(await codes(organisation, "nothing"), []);
  assert.equal(given.length, 2);
  assert.deepEqual(given, used);
});

test("threads that stand ready are used again, and ended with the stock", async () => {
  const stock = createThreads(listening().log);
  const thread = stock.take();
  stock.give(thread);
  assert.equal(stock.take(), thread);
  thread.end();
  stock.give(thread);
  const second = stock.take();
  assert.notEqual(second, thread);
  stock.close();
  stock.give(second);
  assert.equal(second.isOver(), true);
});
