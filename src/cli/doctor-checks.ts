import { lookAtAudit, lookAtFiles, lookAtState } from "./doctor-files.ts";
import { lookAtCloud } from "./doctor-cloud.ts";
import type { Check } from "./doctor-found.ts";
import { lookAtConfinement, lookAtEngine, lookAtNode, lookAtOpa } from "./doctor-machine.ts";
import {
  lookAtCaller,
  lookAtDebug,
  lookAtExposure,
  lookAtPolicies,
  lookAtWarnings,
} from "./doctor-settings.ts";
import { lookAtClock, lookAtStore } from "./doctor-store.ts";
import { lookAtTools } from "./doctor-tools.ts";
import { lookAtUpstreams } from "./doctor-upstreams.ts";

/** Every check, in the order in which they are told. Another one is another row. */
export const CHECKS: readonly Check[] = [
  { name: "node", reaches: "machine", look: lookAtNode },
  { name: "opa", reaches: "machine", look: lookAtOpa },
  { name: "engine", reaches: "machine", look: lookAtEngine },
  { name: "confinement", reaches: "machine", look: lookAtConfinement },
  { name: "configuration", reaches: "machine", look: lookAtWarnings },
  { name: "files", reaches: "machine", look: lookAtFiles },
  { name: "state", reaches: "machine", look: lookAtState },
  { name: "audit", reaches: "machine", look: lookAtAudit },
  { name: "store", reaches: "outside", look: lookAtStore },
  { name: "cloud", reaches: "outside", look: lookAtCloud },
  { name: "clock", reaches: "machine", look: lookAtClock },
  { name: "policies", reaches: "machine", look: lookAtPolicies },
  { name: "upstreams", reaches: "machine", look: lookAtUpstreams },
  { name: "tools", reaches: "machine", look: lookAtTools },
  { name: "caller", reaches: "machine", look: lookAtCaller },
  { name: "exposure", reaches: "machine", look: lookAtExposure },
  { name: "debug", reaches: "machine", look: lookAtDebug },
];
