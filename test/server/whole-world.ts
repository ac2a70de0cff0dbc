// The real front over the real policies, keys and store, in one process, at the time that a test sets. Only
// the audit trail is a list, so that a test can look at it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import type { AuditedAction } from "../../src/audit/types.ts";
import { openPolicies } from "../../src/compose/open.ts";
import { createRedaction } from "../../src/compose/redaction.ts";
import { readShipped } from "../../src/compose/shipped.ts";
import type { Config } from "../../src/config/types.ts";
import { createKeepAlive } from "../../src/credential/keep-alive.ts";
import { openPeppers } from "../../src/credential/pepper.ts";
import { createReadFreeze } from "../../src/credential/read-freeze.ts";
import { createPerform } from "../../src/credential/perform.ts";
import { createPlanDeed } from "../../src/credential/plan.ts";
import { rememberVerified } from "../../src/credential/remember.ts";
import { createSessions } from "../../src/credential/sessions.ts";
import type { Done, Order, Wanted } from "../../src/credential/types.ts";
import { createVerify } from "../../src/credential/verify.ts";
import { createPolicyCompiler } from "../../src/decision/compile.ts";
import { createOpa } from "../../src/decision/opa.ts";
import type { CurrentSnapshot } from "../../src/decision/types.ts";
import { createEnforcement } from "../../src/enforcement/enforce.ts";
import { createSeal } from "../../src/enforcement/seal.ts";
import type { Enforcement } from "../../src/enforcement/types.ts";
import { buildInput } from "../../src/input/build.ts";
import { done, type Outcome } from "../../src/lib/outcome.ts";
import type { Secret } from "../../src/lib/secret.ts";
import { createUuid } from "../../src/lib/uuid.ts";
import { createAuthenticate, createOwnCredentials } from "../../src/principal/authenticate.ts";
import { unproven } from "../../src/principal/caller.ts";
import type { Authenticate } from "../../src/principal/types.ts";
import { type HttpServer, startHttp } from "../../src/server/http.ts";
import { openStore } from "../../src/store/open.ts";
import { createRunProgram } from "../../src/subprocess/run.ts";
import { UNOBSERVED } from "../support/observed.ts";
import { folderFor } from "../support/server.ts";
import { CIRCUMSTANCES, CONFIG, NOON } from "../support/world.ts";

/** A server of which everything is real but the time and the trail. */
export interface Whole {
  readonly server: HttpServer;
  readonly enforcement: Enforcement;
  readonly authenticate: Authenticate;
  readonly current: CurrentSnapshot;
  readonly recorded: AuditedAction[];
  readonly setTime: (ms: number) => void;
  /** Runs SQL past the store, as whoever can write its file does. */
  readonly sql: (text: string) => void;
  /** Carries out an order as the operator. */
  readonly order: (order: Order) => Promise<Done>;
  /** Makes a key for somebody with one role. */
  readonly keyOf: (user: string, role: string) => Promise<{ id: string; secret: Secret }>;
}

/** Two roles that have one tool each: it needs a container engine, and as there is none its call costs nothing. */
export const ROLES = { developer: "deploy", auditor: "inspect" } as const;

const LISTS_AND_RUNS = ["tools:list" as const, "tools:execute" as const];
const silent = (): void => {};
const QUIET = { debug: silent, info: silent, warn: silent, error: silent };
const HOUR = 3_600_000;

/** Starts a server that is closed when the test ends. */
export async function wholeServer(context: TestContext): Promise<Whole> {
  const folder = await folderFor(context);
  let nowMs = NOON;
  const clock = (): number => nowMs;
  const newId = createUuid(Date.now);
  const { current, close } = await policiesOf(configIn(folder), newId);
  context.after(close);
  const stopwatch = (): number => performance.now();
  const store = must(await openStore({ postgres: null, stateDir: folder, stopwatch }));
  context.after(store.close);
  const peppers = must(await openPeppers(folder, store));
  const { session, refreshSession } = createSessions({ store, peppers, log: QUIET });
  const keepAlive = createKeepAlive({ used: store.used, refreshSession }, QUIET);
  const proven = createVerify({ store, peppers, log: QUIET });
  const verify = rememberVerified(proven, { store, stopwatch });
  const { latest } = keepAlive;
  const own = createOwnCredentials({ verify, store: { session }, latest, clock, log: QUIET });
  const authenticate = createAuthenticate([own]);
  const recorded: AuditedAction[] = [];
  const written = done(undefined);
  const audit = {
    begin: async (action: AuditedAction) => {
      recorded.push(action);
      return done({ id: "1", end: async () => written, endUnheard: async () => written });
    },
    note: async (action: AuditedAction) => {
      recorded.push(action);
      return written;
    },
    event: async () => written,
    close: async () => {},
  };
  const enforcement = createEnforcement({
    ...{ audit, buildInput, clock, log: QUIET, keepAlive, ...UNOBSERVED },
    readFreeze: createReadFreeze({ store, stopwatch, log: QUIET }),
    seal: createSeal(new Uint8Array(32), clock),
    planDeed: createPlanDeed({ store, peppers, newId }),
    perform: createPerform(store, peppers),
  });
  const server = must(
    await startHttp({
      ...{ host: "127.0.0.1", port: 0, certificate: null, version: "1.2.3", log: QUIET },
      ...UNOBSERVED,
      ...{ enforcement, authenticate, current, newId, clock, recheck: enforcement.admit },
      idleMs: () => HOUR,
      throttled: () => {},
      endOf: ({ row }) => row.expires_ms,
      times: () => ({ idleMs: HOUR, lifetimeMs: HOUR }),
      ready: async () => [],
    }),
  );
  context.after(server.close);
  const order: Whole["order"] = async (one) => {
    const caller = { ...unproven("absent"), principal: OPERATOR };
    const circumstances = { ...CIRCUMSTANCES, transport: "cli", era: null, nowMs, caller } as const;
    return must(await enforcement.manage({ snapshot: current(), circumstances }, one));
  };
  return {
    ...{ server, enforcement, authenticate, current, recorded, order },
    setTime: (ms) => {
      nowMs = ms;
    },
    sql: (text) => {
      const database = new DatabaseSync(join(folder, "store.sqlite"));
      database.exec(text);
      database.close();
    },
    keyOf: async (user, role) => {
      const { made } = await order({ do: "create", wanted: { ...KEY, user, roles: [role] } });
      assert.ok(made);
      return { id: made.row.id, secret: made.secret };
    },
  };
}

const OPERATOR = {
  kind: "operator",
  id: "operator",
  roles: [],
  permissions: null,
  claims: {},
} as const;

const KEY: Wanted = {
  ...{ kind: "key", name: "test", user: "", roles: [], permissions: null, allowed_ips: null },
  ...{ allow_stdio: false, lifetime_ms: 24 * HOUR, parent: null, idle_ms: null },
};

function configIn(folder: string): Config {
  const tools = Object.values(ROLES);
  return {
    ...CONFIG,
    state_dir: join(folder, "state"),
    require_auth: true,
    whitelist: tools,
    tools: tools.map((name) => ({ name, image: "alpine", content: "true" })),
    roles: Object.fromEntries(
      Object.entries(ROLES).map(([role, tool]) => [
        role,
        { permissions: LISTS_AND_RUNS, allowed_tools: [tool] },
      ]),
    ),
  };
}

async function policiesOf(config: Config, newId: () => string) {
  const shipped = await readShipped();
  const runProgram = createRunProgram({ graceMs: 1_000 });
  const opa = createOpa({ run: runProgram, path: join(shipped.root, ".tools") });
  const compiler = createPolicyCompiler({ opa, capabilities: shipped.capabilities });
  const { stdin, stdout, stderr } = process;
  const outside = {
    ...{
      argv: [],
      environment: {},
      home: "/nowhere",
      platform: "linux",
      cwd: "/",
      stdin,
      stdout,
      stderr,
    },
    self: { program: "node", node: "24.0.0", words: [] },
    ...{ hideWith: silent, onEnd: silent },
  };
  return must(
    await openPolicies(
      {
        ...{ outside, shipped, newId, runProgram, compiler, sources: [] },
        ...{ kubiyaOf: async () => null, redaction: createRedaction([]) },
      },
      {
        ...{ log: QUIET, onReload: silent },
        loadConfig: async () => done({ config, warnings: [] }),
      },
    ),
  );
}

function must<T>(outcome: Outcome<T, unknown>): T {
  return outcome.ok ? outcome.value : assert.fail(JSON.stringify(outcome.failure));
}
