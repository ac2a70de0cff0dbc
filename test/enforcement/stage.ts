// Enforcement over a trail that is a list, and sources that do as they are told.

import assert from "node:assert/strict";
import type { Audit, AuditedAction, AuditedEnd } from "../../src/audit/types.ts";
import type { Decide } from "../../src/decision/types.ts";
import { createEnforcement } from "../../src/enforcement/enforce.ts";
import { createSeal } from "../../src/enforcement/seal.ts";
import type { Arrived, Enforcement } from "../../src/enforcement/types.ts";
import type { Circumstances } from "../../src/input/types.ts";
import { buildInput } from "../../src/input/build.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import type { Redactor } from "../../src/lib/redact.ts";
import type { Libraries, Toolbox } from "../../src/tools/types.ts";
import { redactorOf } from "../support/observed.ts";
import {
  CIRCUMSTANCES,
  EMPTY_LIBRARY,
  NOON,
  said,
  snapshotOf,
  toolboxOf,
} from "../support/world.ts";

/** What a trail answers whose disk is full. */
export const BROKEN = failed({ reason: "audit_unavailable", detail: "the disk is full" } as const);

/** What was decided and recorded, and what ran. */
export interface Stage {
  readonly enforcement: Enforcement;
  readonly arrived: Arrived;
  /** What happened, in order. */
  readonly story: string[];
  readonly actions: AuditedAction[];
  readonly ends: AuditedEnd[];
  /** The actions whose decisions were heard of. */
  readonly heard: string[];
}

const unused = (): never => assert.fail("no credentials are managed here");

/** What a stage may have otherwise. */
export interface Props {
  readonly broken?: readonly ("begin" | "end" | "note" | "unheard end")[];
  /** Whether an intent can be written. */
  readonly mayBegin?: () => boolean;
  readonly run?: Toolbox["run"];
  readonly library?: Partial<Libraries>;
  readonly clock?: Clock;
  readonly plan?: Toolbox["plan"];
  readonly redactor?: Redactor;
  readonly frozen?: Circumstances["frozen"];
}

/** Enforcement under this decider. */
export function stage(decide: Decide, props: Props = {}): Stage {
  const heardOf: string[] = [];
  const { broken = [], run = async () => done(said("pods")), clock = () => NOON + 5 } = props;
  const story: string[] = [];
  const actions: AuditedAction[] = [];
  const ends: AuditedEnd[] = [];
  const library = { ...EMPTY_LIBRARY, ...props.library };
  const runs = toolboxOf(
    ["kubectl"],
    (...asked) => {
      story.push("run");
      return run(...asked);
    },
    {
      ...library,
      read: (...asked) => {
        story.push("read");
        return library.read(...asked);
      },
    },
  );
  const toolbox = props.plan === undefined ? runs : { ...runs, plan: props.plan };
  const audit: Audit = {
    begin: async (action) => {
      if (broken.includes("begin") || props.mayBegin?.() === false) return BROKEN;
      story.push("intent");
      actions.push(action);
      return done({
        id: "1",
        end: async (end) => {
          if (broken.includes("end")) return BROKEN;
          story.push("outcome");
          ends.push(end);
          return done(undefined);
        },
        endUnheard: async (end) => {
          if (broken.includes("unheard end")) return BROKEN;
          story.push("unheard end");
          ends.push(end);
          return done(undefined);
        },
      });
    },
    note: async (action, end) => {
      if (broken.includes("note")) return BROKEN;
      story.push("note");
      actions.push(action);
      ends.push(end);
      return done(undefined);
    },
    event: async () => done(undefined),
    close: async () => {},
  };
  const arrived = { snapshot: snapshotOf(toolbox, decide), circumstances: CIRCUMSTANCES };
  const enforcement = createEnforcement({
    audit,
    buildInput,
    keepAlive: { used: () => {}, accepted: () => {}, hold: () => () => {} },
    readFreeze: async () => props.frozen ?? null,
    planDeed: unused,
    perform: unused,
    clock,
    seal: createSeal(new Uint8Array(32), clock),
    redactor: props.redactor ?? redactorOf("hunter2"),
    heard: (heard) => {
      if (heard !== null) heardOf.push(heard.input.action);
      if (heard === null) story.push("cannot mask");
      if (heard?.decision.obligations.some(({ kind }) => kind === "notify") === true)
        story.push("notify");
    },
    log: {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (what) => story.push(`logged: ${what}`),
    },
  });
  return { enforcement, arrived, story, actions, ends, heard: heardOf };
}
