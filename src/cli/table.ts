import { accessFreeze } from "./access-freeze.ts";
import { accessReview } from "./access-review.ts";
import { accessUnfreeze } from "./access-unfreeze.ts";
import { alertsTest } from "./alerts-test.ts";
import { auditQuery } from "./audit-query.ts";
import { auditStats } from "./audit-stats.ts";
import { auditTail } from "./audit-tail.ts";
import { auditVerify } from "./audit-verify.ts";
import { authKeyCreate } from "./auth-key-create.ts";
import { authKeyList } from "./auth-key-list.ts";
import { authKeyRevoke } from "./auth-key-revoke.ts";
import { authKeyRotate } from "./auth-key-rotate.ts";
import { authKeyShow } from "./auth-key-show.ts";
import { authLogin } from "./auth-login.ts";
import { authSessionEnd } from "./auth-session-end.ts";
import { authSessionList } from "./auth-session-list.ts";
import { authStatus } from "./auth-status.ts";
import { authTokenGenerate } from "./auth-token-generate.ts";
import { authTokenList } from "./auth-token-list.ts";
import { authTokenRevoke } from "./auth-token-revoke.ts";
import { completionOf } from "./completion.ts";
import { doctor } from "./doctor.ts";
import { policyBuild } from "./policy-build.ts";
import { policyCheck } from "./policy-check.ts";
import { policyEval } from "./policy-eval.ts";
import { policyExplain } from "./policy-explain.ts";
import { policyInit } from "./policy-init.ts";
import { policyReplay } from "./policy-replay.ts";
import { policyTest } from "./policy-test.ts";
import { runnersHealth } from "./runners-health.ts";
import { runnersList } from "./runners-list.ts";
import { serve } from "./serve.ts";
import { setup } from "./setup.ts";
import { toolsApprove } from "./tools-approve.ts";
import { toolsDiff } from "./tools-diff.ts";
import { toolsList } from "./tools-list.ts";
import { toolsShow } from "./tools-show.ts";
import type { Command } from "./types.ts";
import { validate } from "./validate.ts";

/** Every command: help, parsing and the nearest name of a typing error are made of this table. */
export const COMMANDS: readonly Command[] = [
  serve,
  setup,
  validate,
  doctor,
  authStatus,
  authLogin,
  authKeyCreate,
  authKeyList,
  authKeyShow,
  authKeyRotate,
  authKeyRevoke,
  authTokenGenerate,
  authTokenList,
  authTokenRevoke,
  authSessionList,
  authSessionEnd,
  policyInit,
  policyCheck,
  policyTest,
  policyBuild,
  policyEval,
  policyExplain,
  policyReplay,
  toolsList,
  toolsShow,
  toolsDiff,
  toolsApprove,
  runnersList,
  runnersHealth,
  accessReview,
  accessFreeze,
  accessUnfreeze,
  alertsTest,
  auditQuery,
  auditTail,
  auditStats,
  auditVerify,
  completionOf(() => COMMANDS),
];
