import { createPolicyCompiler } from "../decision/compile.ts";
import type { Opa } from "../decision/opa.ts";
import { createLog } from "../observe/log.ts";
import { createRequests } from "../observe/requests.ts";
import type { Parts } from "./open.ts";

/** What there is before anything decides or is logged. */
interface Given extends Omit<Parts, "compiler" | "requests" | "logAs"> {
  readonly opa: Opa;
}

/** What decides and logs, beside what there is already. */
export function createParts({ opa, ...given }: Given): Parts {
  const { outside, shipped, redaction, newId } = given;
  const { stderr } = outside;
  const requests = createRequests(newId);
  return {
    ...given,
    requests,
    compiler: createPolicyCompiler({ opa, capabilities: shipped.capabilities }),
    logAs: ({ logging, production, into: stream = stderr }) => {
      const json = production || stderr.isTTY !== true;
      const { redactor } = redaction;
      return createLog({ logging, json, stream, redactor, requestId: requests.id });
    },
  };
}
