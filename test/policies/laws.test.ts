// Laws of the compiled built-in policies, in random worlds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { Reason } from "../../src/decision/types.ts";
import { combine } from "../../src/decision/combine.ts";
import { createDecide } from "../../src/decision/decide.ts";
import { buildInput } from "../../src/input/build.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { CIRCUMSTANCES } from "../support/world.ts";
import { type Question, withOpa } from "./opa-server.ts";
import { answerCall } from "../../src/server/wire.ts";
import { buildBuiltIn, ENTRYPOINTS, opener } from "./module.ts";
import {
  asking,
  type Caller,
  type Parent,
  type Session,
  calling,
  childWorld,
  NOW,
  sessionOf,
  TOOLS,
  userWorld,
  type World,
  world,
} from "./worlds.ts";

/** `make laws` sets more. */
const CASES = Number(process.env["LAWS"] ?? 200);
const RUNS = { numRuns: CASES };
const MORE_RUNS = { numRuns: Math.max(CASES, 500) };
const openWith = await opener(await buildBuiltIn());

interface Answer {
  readonly allow: boolean;
  readonly codes: readonly string[];
  readonly told: readonly Reason[];
  readonly visible: Readonly<Record<string, string>>;
}

/** Asks one world. Instances are made anew: facts are never changed under a live one. */
async function asked(facts: object): Promise<(entrypoint: string, input: object) => Answer> {
  const { evaluate } = await openWith({ facts });
  return (entrypoint, input) => {
    const {
      allow,
      reasons,
      visible = {},
    } = Object(evaluate(`kubiya/${entrypoint}/decision`, input));
    const told: readonly Reason[] = Array.isArray(reasons) ? reasons : [];
    return { allow: allow === true, codes: told.map(({ code }) => code), told, visible };
  };
}

async function mayCall(one: World, name: string): Promise<boolean> {
  return (await asked(one.facts))("call", calling(one, name)).allow;
}

const toolName = fc.constantFrom(...TOOLS);

/** Who asks in a world: the kind of what was presented, how it came, and whether in a session. */
function whoIn({ caller }: World): readonly string[] {
  const { request, credential, session } = caller;
  const kind = String(credential["kind"] ?? "nobody");
  return [kind, `${request.transport} ${request.era}`, session === null ? "alone" : "in a session"];
}

const SAMPLE = fc.sample(fc.tuple(world, toolName), { numRuns: 1_000, seed: 1 });
/** Calls that are allowed: what closes nothing of these is no restriction. */
const OPEN = await openIn(SAMPLE);

async function openIn(calls: typeof SAMPLE): Promise<typeof SAMPLE> {
  const allowed = await Promise.all(calls.map(([one, name]) => mayCall(one, name)));
  return calls.filter((_, at) => allowed[at]);
}

test("whoever asks is often allowed and often denied, or laws would hold of nothing", (context) => {
  const count = (calls: typeof SAMPLE, who: string): number =>
    calls.filter(([one]) => whoIn(one).includes(who)).length;
  const kinds = ["key", "token", "session", "jwt", "nobody"];
  const ways = ["http modern", "http legacy", "stdio modern", "alone", "in a session"];
  for (const who of [...kinds, ...ways]) {
    const [asked, share] = [count(SAMPLE, who), count(OPEN, who) / count(SAMPLE, who)];
    context.diagnostic(`${who}: ${Math.round(share * 100)} % of ${asked} calls are allowed`);
    assert.ok(share > 0.1 && share < 0.7, who);
  }
});

test("whatever is not one of our documents is denied", async () => {
  const [one] = fc.sample(userWorld, 1);
  assert.ok(one !== undefined);
  const { evaluate } = await openWith({ facts: one.facts });
  const names = ENTRYPOINTS.filter((entrypoint) => !/\/(?:mask|alerts)\//.test(entrypoint));
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom(...names),
      (input, name) => {
        assert.equal(Object(evaluate(name, input)).allow, false);
      },
    ),
    RUNS,
  );
});

test("without facts everything is denied", async () => {
  const { evaluate } = await openWith({});
  fc.assert(
    fc.property(world, toolName, (one, name) => {
      assert.equal(Object(evaluate("kubiya/call/decision", calling(one, name))).allow, false);
      const list = Object(evaluate("kubiya/list/decision", asking(one.caller, "tools/list")));
      assert.deepEqual([list.allow, list.visible], [false, {}]);
    }),
    RUNS,
  );
});

/** Ways to make a world stricter. None of them may open anything. */
const restrictions: Readonly<Record<string, (one: World, name: string) => World>> = {
  "authentication is required": (one) => withFacts(one, { require_auth: true }),
  "the platform is closed": (one) => withFacts(one, { allow_platform_apis: false }),
  "the whitelist is emptied": (one) => withFacts(one, { whitelist: {} }),
  "the addresses are emptied": (one) => withFacts(one, { allowed_ips: [] }),
  "runners are disabled": (one) =>
    withFacts(one, { runners: { ...one.facts.runners, enabled: false } }),
  "no runner is allowed": (one) =>
    withFacts(one, { runners: { ...one.facts.runners, allowed: { names: {}, prefixes: [] } } }),
  "a role is no longer defined": (one) => {
    const { one: _, ...roles } = one.facts.roles;
    return withFacts(one, { roles });
  },
  "the roles lose their permissions": (one) =>
    withFacts(one, { roles: mapRoles(one, (role) => ({ ...role, permissions: {} })) }),
  "the roles lose their tools": (one) =>
    withFacts(one, {
      roles: mapRoles(one, (role) => ({ ...role, allowed_tools: { names: {}, prefixes: [] } })),
    }),
  "one name of the whitelist is taken away": (one) => {
    const [, ...rest] = Object.entries(one.facts.whitelist ?? {});
    return one.facts.whitelist === null
      ? one
      : withFacts(one, { whitelist: Object.fromEntries(rest) });
  },
  "one permission of the roles is taken away": (one) =>
    withFacts(one, {
      roles: mapRoles(one, (role) => {
        const [, ...rest] = Object.entries(role.permissions);
        return { ...role, permissions: Object.fromEntries(rest) };
      }),
    }),
  "the tool waits for approval": (one, name) =>
    withTool(one, name, (tool) => ({ ...tool, approved: false })),
  "the tool needs one permission more": (one, name) =>
    withTool(one, name, (tool) => ({ ...tool, requires: [...tool.requires, "agents:read"] })),
  "the credential expires": (one) => withCredential(one, { expires_ms: NOW }),
  "the credential is revoked": (one) => withCredential(one, { revoked_ms: NOW }),
  "the credential loses its networks": (one) => withCredential(one, { allowed_ips: [] }),
  "the credential loses its permissions": (one) => withPrincipal(one, { permissions: [] }),
  "access is frozen": (one) => frozenBy(one, { reason: "why", since_ms: NOW }),
  "nobody can tell whether access is frozen": (one) =>
    frozenBy(one, { reason: null, since_ms: null }),
  "the key that it comes from is revoked": (one) => withParent(one, { revoked_ms: NOW }),
  "the key that it comes from expires": (one) => withParent(one, { expires_ms: NOW }),
  "the key that it comes from loses its permissions": (one) => withParent(one, { permissions: [] }),
  "the session was idle": (one) => withSession(one, { used_ms: NOW - 1000 }),
  "the session is another credential's": (one) => withSession(one, { credential: "k9" }),
  "one of several roles is taken away": (one) => {
    const { roles } = one.caller.principal;
    const known = roles.every((role) => role in one.facts.roles);
    return known && roles.length > 1 ? withPrincipal(one, { roles: roles.slice(1) }) : one;
  },
};

for (const [name, restrict] of Object.entries(restrictions)) {
  test(`when ${name}, nothing is allowed that was not`, async () => {
    const property = fc.asyncProperty(world, toolName, async (one, tool) => {
      if (await mayCall(restrict(one, tool), tool)) assert.equal(await mayCall(one, tool), true);
    });
    await fc.assert(property, RUNS);
    assert.ok(await closesAny(restrict), "it closes nothing");
  });
}

async function closesAny(restrict: (one: World, name: string) => World): Promise<boolean> {
  for (const [one, tool] of OPEN) if (!(await mayCall(restrict(one, tool), tool))) return true;
  return false;
}

/** Whether a denial is answered byte for byte as the call of a tool that there is not. */
function isUnknown(name: string, reasons: readonly Reason[]): boolean {
  const decision = { id: "d", allow: false, obligations: [], reasons, revision: "", facts: "" };
  const denied = { reason: "denied", decision: { ...decision, micros: 0 } } as const;
  const unknown = answerCall(name, { reason: "unknown_tool", name });
  return isDeepStrictEqual(answerCall(name, denied), unknown);
}

test("a `yes` is never denied, a `no_...` always is, and what is hidden answers as unknown", async () => {
  const met = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(world, async (one) => {
      const ask = await asked(one.facts);
      const list = ask("list", asking(one.caller, "tools/list"));
      if (!list.allow) return assert.deepEqual(list.visible, {});
      for (const name of TOOLS) {
        const access = list.visible[name] ?? "hidden";
        const { allow, codes, told } = ask("call", calling(one, name));
        const unknown = !allow && isUnknown(name, told);
        assert.equal(unknown, access === "hidden", `${name} is ${access}: ${codes.join()}`);
        met.set(access, (met.get(access) ?? 0) + 1);
        if (access !== "maybe") assert.equal(allow, access === "yes", `${name} is ${access}`);
      }
    }),
    MORE_RUNS,
  );
  for (const access of ["yes", "maybe", "no_permission", "no_runner", "hidden"]) {
    assert.ok((met.get(access) ?? 0) > CASES / 10, `${access}: ${met.get(access)}`);
  }
});

test("what a key is limited to only narrows what its roles give", async () => {
  let met = 0;
  const property = fc.asyncProperty(userWorld, toolName, async (one, tool) => {
    const { roles, permissions } = one.caller.principal;
    if (roles.length === 0 || permissions === null || !(await mayCall(one, tool))) return;
    met += 1;
    assert.equal(await mayCall(withPrincipal(one, { permissions: null }), tool), true);
  });
  await fc.assert(property, MORE_RUNS);
  assert.ok(met > CASES / 20, `${met} limited keys were allowed`);
});

test("a document that leaves something out is allowed nothing that the whole one is not", async () => {
  let open = 0;
  const property = fc.asyncProperty(world, toolName, fc.nat(), async (one, tool, at) => {
    const ask = await asked(one.facts);
    const whole = calling(one, tool);
    const places = placesOf(whole);
    const place = places[at % places.length] ?? [];
    const may = ask("call", whole).allow;
    if (may) open += 1;
    if (ask("call", without(whole, place)).allow) assert.ok(may, place.join("."));
  });
  await fc.assert(property, MORE_RUNS);
  assert.ok(open > CASES / 10, `${open} whole documents were allowed`);
});

/** The ways to all members of a document, inner ones too. */
function placesOf(document: object): readonly (readonly string[])[] {
  return Object.entries(document).flatMap(([name, member]) => [
    [name],
    ...(typeof member === "object" && member !== null && !Array.isArray(member)
      ? placesOf(member).map((inner) => [name, ...inner])
      : []),
  ]);
}

/** A copy without one member. */
function without(document: object, [name = "", ...inner]: readonly string[]): object {
  const members = Object.entries(document).flatMap(([key, member]) => {
    if (key !== name) return [[key, member] as const];
    return inner.length === 0 ? [] : [[key, without(member, inner)] as const];
  });
  return Object.fromEntries(members);
}

test("a token or a session is allowed nothing that its key is not", async () => {
  let met = 0;
  const property = fc.asyncProperty(childWorld, toolName, async (one, tool) => {
    const { parent } = one.caller.credential;
    if (parent === null || !(await mayCall(one, tool))) return;
    met += 1;
    assert.equal(await mayCall({ ...one, caller: parentOf(one.caller, parent) }, tool), true);
  });
  await fc.assert(property, MORE_RUNS);
  assert.ok(met > CASES / 20, `${met} children were allowed`);
});

/** The parent of a child as a caller by itself: the same roles, its own permissions, a session of its own. */
function parentOf(caller: Caller, { permissions, ...credential }: Parent): Caller {
  const session = caller.session && sessionOf(credential);
  return { ...caller, principal: { ...caller.principal, permissions }, credential, session };
}

const wanted = fc.record({
  kind: fc.constantFrom("token" as const, "session" as const),
  user: fc.constant("alice"),
  roles: fc.subarray(["one", "two", "three"]),
  permissions: fc.option(fc.subarray(["tools:list", "tools:execute", "agents:manage", "*"]), {
    freq: 4,
  }),
  allowed_ips: fc.constant(null),
  expires_ms: fc.constantFrom(NOW + 3_600_000, NOW + 60_000, NOW + 59_999),
});

/** A credential that somebody asks for. */
type Requested = typeof wanted extends fc.Arbitrary<infer T> ? T : never;

test("who was made by somebody may do nothing that its maker may not", async () => {
  let made = 0;
  const property = fc.asyncProperty(userWorld, wanted, async (one, requested) => {
    const ask = await asked(one.facts);
    const action = `${requested.kind}s/create`;
    if (!ask("manage", asking(one.caller, action, requested)).allow) return;
    made += 1;
    const { principal, credential } = one.caller;
    const { parent: _, ...own } = credential;
    const credentialMade = {
      ...own,
      id: "c2",
      kind: requested.kind,
      parent: { ...own, parent: null, permissions: principal.permissions },
    };
    const isNamed = one.caller.session !== null || requested.kind === "session";
    const child: Caller = {
      ...one.caller,
      principal: { ...principal, permissions: requested.permissions },
      credential: credentialMade,
      session: isNamed ? sessionOf(credentialMade) : null,
    };
    const maker: Caller = one.caller;
    for (const tool of TOOLS) {
      const may = ask("call", calling({ ...one, caller: child }, tool)).allow;
      if (may)
        assert.equal(ask("call", calling({ ...one, caller: maker }, tool)).allow, true, tool);
    }
  });
  await fc.assert(property, MORE_RUNS);
  assert.ok(made > CASES / 20, `${made} were made`);
});

const BATCH = 100;

test("the compiled policies answer what `opa` answers, reasons in the same order", () =>
  withOpa(async (askOpa) => {
    const sample = fc.sample(fc.tuple(world, toolName, wanted), CASES);
    for (let at = 0; at < sample.length; at += BATCH) {
      const questions = sample.slice(at, at + BATCH).flatMap(questionsIn);
      const answers = await askOpa(questions);
      assert.equal(answers.length, questions.length);
      for (const [nth, { facts, entrypoint, input }] of questions.entries()) {
        const { evaluate } = await openWith({ facts });
        const wasm = evaluate(`kubiya/${entrypoint}/decision`, input);
        const said = `${JSON.stringify(wasm)} is not ${JSON.stringify(answers[nth])}`;
        assert.ok(isDeepStrictEqual(wasm, answers[nth]), said);
      }
    }
  }));

function questionsIn([one, tool, requested]: readonly [World, string, Requested]): Question[] {
  const { facts, caller } = one;
  const action = `${requested.kind}s/create`;
  return [
    { facts, entrypoint: "call", input: calling(one, tool) },
    { facts, entrypoint: "list", input: asking(caller, "tools/list") },
    { facts, entrypoint: "manage", input: asking(caller, action, requested) },
  ];
}

/** The answer that allows, with one thing wrong. */
const ALLOWS = { allow: true, reasons: [], obligations: [] };
const nearlyAllowing = fc
  .tuple(
    fc.constantFrom("allow", "reasons", "obligations"),
    fc.oneof(fc.anything(), fc.constantFrom(1, "true", "yes", null, undefined, {}, [{}], [[]])),
  )
  .map(([member, value]) => ({ ...ALLOWS, [member]: value }))
  .filter((answer) => !isDeepStrictEqual(answer, ALLOWS));

test("whatever goes wrong with an engine is a denial, and no permit is made", async () => {
  const silent = (): void => {};
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const faults = fc.constantFrom("trapped" as const, "timed_out" as const, "unfit_input" as const);
  const behaviour = fc.oneof(
    fc.anything().map((value) => () => done(value)),
    nearlyAllowing.map((value) => () => done(value)),
    faults.map((reason) => () => failed({ reason, detail: "for a test" })),
    fc.anything().map((thrown) => () => {
      throw thrown;
    }),
  );
  const input = buildInput(CIRCUMSTANCES, { action: "tools/list" });
  const property = fc.asyncProperty(behaviour, async (behave) => {
    const decide = createDecide({
      builtin: { ask: async () => behave(), retire: silent },
      organisation: null,
      ...{ revision: "r", facts: "f", newId: () => "d", stopwatch: () => 0, log },
    });
    const judged = [await decide.admit(input), await decide.list(input)];
    assert.ok(judged.every(({ allow, reasons }) => !allow && reasons.length > 0));
    for (const verdict of [await decide.call(input, {}), await decide.manage(input, {})]) {
      assert.deepEqual([verdict.allowed, "permit" in verdict], [false, false]);
    }
    // What nobody can say must be hidden is hidden whole, or not recorded at all.
    assert.deepEqual((await decide.mask({})) ?? ["/parameters"], ["/parameters"]);
  });
  await fc.assert(property, RUNS);
});

const reasonsAdded = fc.array(
  fc.record({ code: fc.string({ minLength: 1 }), message: fc.string() }),
  { maxLength: 3 },
);

test("what an organisation adds never allows what the built-in policies deny", () => {
  const answers = fc.constantFrom(true, false);
  const property = fc.property(answers, reasonsAdded, fc.array(fc.anything()), (...given) => {
    const [allow, reasons, obligations] = given;
    const builtin = { ...ALLOWS, allow, reasons: allow ? [] : [{ code: "a", message: "No." }] };
    const judged = combine(builtin, { reasons, obligations });
    if (judged.allow) assert.deepEqual([allow, reasons], [true, []]);
    assert.equal(judged.allow, judged.reasons.length === 0);
  });
  fc.assert(property, RUNS);
});

function withFacts(one: World, facts: Partial<World["facts"]>): World {
  return { ...one, facts: { ...one.facts, ...facts } };
}

function frozenBy(one: World, frozen: object): World {
  return { ...one, caller: { ...one.caller, frozen } };
}

function withCredential(one: World, changes: object): World {
  const credential = { ...one.caller.credential, ...changes };
  return one.caller.principal.kind === "user"
    ? { ...one, caller: { ...one.caller, credential } }
    : one;
}

function withPrincipal(one: World, changes: Partial<Caller["principal"]>): World {
  const principal = { ...one.caller.principal, ...changes };
  return one.caller.principal.kind === "user"
    ? { ...one, caller: { ...one.caller, principal } }
    : one;
}

function withParent(one: World, changes: Partial<Parent>): World {
  const { parent } = one.caller.credential;
  return parent === null ? one : withCredential(one, { parent: { ...parent, ...changes } });
}

function withSession(one: World, changes: Partial<Session>): World {
  const { session } = one.caller;
  return session === null
    ? one
    : { ...one, caller: { ...one.caller, session: { ...session, ...changes } } };
}

type Tool = World["facts"]["tools"][string];

function withTool(one: World, name: string, change: (tool: Tool) => Tool): World {
  const tool = one.facts.tools[name];
  return tool === undefined
    ? one
    : withFacts(one, { tools: { ...one.facts.tools, [name]: change(tool) } });
}

type Role = World["facts"]["roles"][string];

function mapRoles(one: World, change: (role: Role) => Role): World["facts"]["roles"] {
  return Object.fromEntries(
    Object.entries(one.facts.roles).map(([name, role]) => [name, change(role)]),
  );
}
