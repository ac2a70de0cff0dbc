import type { Change } from "../store/types.ts";

/** A change that changes nothing. */
export const NOTHING: Change = {
  ...{ credentials: [], endSessionsOf: [], openSession: null, endSession: null },
  ...{ freeze: null, definitions: [] },
};
