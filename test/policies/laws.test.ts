// Laws of the compiled built-in policies, in random worlds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { buildBuiltIn, ENTRYPOINTS, inFolder, opa, opener } from "./module.ts";
import { resolve } from "node:path";
import {
  asking,
  type Caller,
  type Parent,
  calling,
  NOW,
  tokenWorld,
  TOOLS,
  userWorld,
  type World,
  world,
} from "./worlds.ts";

/** `make laws` sets more. */
const CASES = Number(process.env["LAWS"] ?? 200);
const RUNS = { numRuns: CASES };
const MORE_RUNS = { numRuns: Math.max(CASES, 1000) };
const EXISTENCE = new Set(["whitelist.not_listed", "roles.tool_not_allowed"]);
const openWith = await opener(await buildBuiltIn());

interface Answer {
  readonly allow: boolean;
  readonly codes: readonly string[];
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
    const codes = Array.isArray(reasons) ? reasons.map(({ code }) => String(code)) : [];
    return { allow: allow === true, codes, visible };
  };
}

async function mayCall(one: World, name: string): Promise<boolean> {
  return (await asked(one.facts))("call", calling(one, name)).allow;
}

const toolName = fc.constantFrom(...TOOLS);

test("the worlds are neither all open nor all closed", async () => {
  const sample = fc.sample(fc.tuple(world, toolName), { numRuns: 300, seed: 1 });
  const allowed = await Promise.all(sample.map(([one, name]) => mayCall(one, name)));
  const share = allowed.filter(Boolean).length / sample.length;
  assert.ok(share > 0.03 && share < 0.6, `${share} of the calls are allowed`);
});

test("whatever is not one of our documents is denied", async () => {
  const [one] = fc.sample(userWorld, 1);
  assert.ok(one !== undefined);
  const { evaluate } = await openWith({ facts: one.facts });
  const names = ENTRYPOINTS.filter((entrypoint) => !entrypoint.includes("/mask/"));
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
  "the tool waits for approval": (one, name) =>
    withTool(one, name, (tool) => ({ ...tool, approved: false })),
  "the tool needs one permission more": (one, name) =>
    withTool(one, name, (tool) => ({ ...tool, requires: [...tool.requires, "agents:read"] })),
  "the credential expires": (one) => withCredential(one, { expires_ms: NOW }),
  "the credential is revoked": (one) => withCredential(one, { revoked_ms: NOW }),
  "the credential loses its networks": (one) => withCredential(one, { allowed_ips: [] }),
  "the credential loses its permissions": (one) => withPrincipal(one, { permissions: [] }),
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
  });
}

test("a `yes` is never denied, a `no_...` always is, and what is hidden does not exist", async () => {
  await fc.assert(
    fc.asyncProperty(world, async (one) => {
      const ask = await asked(one.facts);
      const list = ask("list", asking(one.caller, "tools/list"));
      if (!list.allow) return assert.deepEqual(list.visible, {});
      for (const name of TOOLS) {
        const access = list.visible[name] ?? "hidden";
        const { allow, codes } = ask("call", calling(one, name));
        const missing = codes.some((code) => EXISTENCE.has(code));
        assert.equal(missing, access === "hidden", `${name} is ${access}: ${codes.join()}`);
        if (access !== "maybe") assert.equal(allow, access === "yes", `${name} is ${access}`);
      }
    }),
    MORE_RUNS,
  );
});

test("what a key is limited to only narrows what its roles give", async () => {
  const property = fc.asyncProperty(userWorld, toolName, async (one, tool) => {
    const { roles, permissions } = one.caller.principal;
    if (roles.length === 0 || permissions === null || !(await mayCall(one, tool))) return;
    assert.equal(await mayCall(withPrincipal(one, { permissions: null }), tool), true);
  });
  await fc.assert(property, MORE_RUNS);
});

test("a document that leaves something out is allowed nothing that the whole one is not", async () => {
  let allowed = 0;
  const property = fc.asyncProperty(world, toolName, fc.nat(), async (one, tool, at) => {
    const ask = await asked(one.facts);
    const whole = calling(one, tool);
    const places = placesOf(whole);
    const place = places[at % places.length] ?? [];
    if (!ask("call", without(whole, place)).allow) return;
    allowed += 1;
    assert.equal(ask("call", whole).allow, true, place.join("."));
  });
  await fc.assert(property, MORE_RUNS);
  // Nearly every place is needed: this is what is left.
  assert.ok(allowed < CASES, `${allowed} were allowed`);
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

test("a token is allowed nothing that its parent is not", async () => {
  let met = 0;
  const property = fc.asyncProperty(tokenWorld, toolName, async (one, tool) => {
    const { parent } = one.caller.credential;
    if (parent === null || !(await mayCall(one, tool))) return;
    met += 1;
    assert.equal(await mayCall({ ...one, caller: parentOf(one.caller, parent) }, tool), true);
  });
  await fc.assert(property, MORE_RUNS);
  assert.ok(met > 0, `${met} tokens were allowed`);
});

/** The parent of a token as a caller by itself: the same roles, its own permissions. */
function parentOf(caller: Caller, { permissions, ...credential }: Parent): Caller {
  return { ...caller, principal: { ...caller.principal, permissions }, credential };
}

const wanted = fc.record({
  kind: fc.constant("token"),
  user: fc.constant("alice"),
  roles: fc.subarray(["one", "two", "three"]),
  permissions: fc.option(fc.subarray(["tools:list", "tools:execute", "agents:manage", "*"]), {
    freq: 4,
  }),
  allowed_ips: fc.constant(null),
  expires_ms: fc.constantFrom(NOW + 3_600_000, NOW + 60_000, NOW + 59_999),
});

test("who was made by somebody may do nothing that its maker may not", async () => {
  let made = 0;
  const property = fc.asyncProperty(userWorld, wanted, async (one, requested) => {
    const ask = await asked(one.facts);
    if (!ask("manage", asking(one.caller, "tokens/create", requested)).allow) return;
    made += 1;
    const { principal, credential } = one.caller;
    const { parent: _, ...own } = credential;
    const child: Caller = {
      ...one.caller,
      principal: { ...principal, permissions: requested.permissions },
      credential: {
        ...own,
        id: "t2",
        kind: "token",
        parent: { ...own, parent: null, permissions: principal.permissions },
      },
      session: null,
    };
    const maker: Caller = { ...one.caller, session: null };
    for (const tool of TOOLS) {
      const may = ask("call", calling({ ...one, caller: child }, tool)).allow;
      if (may)
        assert.equal(ask("call", calling({ ...one, caller: maker }, tool)).allow, true, tool);
    }
  });
  await fc.assert(property, MORE_RUNS);
  assert.ok(made > 0, `${made} tokens were made`);
});

/** In a file, for a query of its own evaluates `with` inside a comprehension without its input. */
const ASKED = `package asked

answers := [answer(question) | some question in data.questions]

answer(question) := decision if {
	question.entrypoint == "call"
	decision := data.kubiya.call.decision with input as question.input with data.facts as question.facts
}

answer(question) := decision if {
	question.entrypoint == "list"
	decision := data.kubiya.list.decision with input as question.input with data.facts as question.facts
}

answer(question) := decision if {
	question.entrypoint == "manage"
	decision := data.kubiya.manage.decision with input as question.input with data.facts as question.facts
}
`;

test("the compiled policies answer what `opa` answers, reasons in the same order", async () => {
  const sample = fc.sample(fc.tuple(world, toolName, wanted), { numRuns: 150, seed: 7 });
  const questions = sample.flatMap(([one, tool, requested]) => [
    { facts: one.facts, entrypoint: "call", input: calling(one, tool) },
    { facts: one.facts, entrypoint: "list", input: asking(one.caller, "tools/list") },
    {
      facts: one.facts,
      entrypoint: "manage",
      input: asking(one.caller, "tokens/create", requested),
    },
  ]);
  const files = { "questions.json": JSON.stringify({ questions }), "asked.rego": ASKED };
  const go = await inFolder(files, async (dir) => {
    const data = ["-d", resolve("policies/kubiya"), "-d", "questions.json", "-d", "asked.rego"];
    const { ok, stdout, text } = await opa(dir, [
      "eval",
      ...data,
      "-f",
      "json",
      "data.asked.answers",
    ]);
    assert.ok(ok, text);
    return Object(JSON.parse(stdout)).result[0].expressions[0].value;
  });
  assert.equal(go.length, questions.length);
  for (const [at, { facts, entrypoint, input }] of questions.entries()) {
    const { evaluate } = await openWith({ facts });
    const wasm = evaluate(`kubiya/${entrypoint}/decision`, input);
    assert.ok(
      isDeepStrictEqual(wasm, go[at]),
      `${JSON.stringify(wasm)} is not ${JSON.stringify(go[at])}`,
    );
  }
});

function withFacts(one: World, facts: Partial<World["facts"]>): World {
  return { ...one, facts: { ...one.facts, ...facts } };
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
