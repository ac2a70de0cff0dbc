import { policyBuild } from "./policy-build.ts";
import { policyCheck } from "./policy-check.ts";
import { policyEval } from "./policy-eval.ts";
import { policyInit } from "./policy-init.ts";
import { policyTest } from "./policy-test.ts";
import { serve } from "./serve.ts";
import type { Command } from "./types.ts";
import { validate } from "./validate.ts";

/** Every command: help, parsing and the nearest name of a typing error are made of this table. */
export const COMMANDS: readonly Command[] = [
  serve,
  validate,
  policyInit,
  policyCheck,
  policyTest,
  policyBuild,
  policyEval,
];
