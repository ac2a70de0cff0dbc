// On the trust boundary. A permit is what a tool source and a runner ask for before they run
// anything. This file never looks into what is permitted, and never decides.

declare const minted: unique symbol;

/** Proof that policy allowed exactly this subject. Only `decision/decide.ts` can make one. */
export interface Permit<Subject> {
  readonly [minted]: true;
  /** The id of the decision that allowed it. */
  readonly decisionId: string;
  /** What may be done: for a tool call its step, with the arguments and the runner that were judged. */
  readonly subject: Subject;
}

/** Makes a permit. `test/architecture.test.ts` fails if any file but `decision/decide.ts` imports it. */
export function mintPermit<Subject>(decisionId: string, subject: Subject): Permit<Subject> {
  // oxlint-disable-next-line typescript/consistent-type-assertions, typescript/no-unsafe-type-assertion -- the one cast of the program: the brand exists for the compiler alone
  return Object.freeze({ decisionId, subject }) as Permit<Subject>;
}
