// On the trust boundary. A permit is what a tool source and a runner ask for before they run
// anything. This file never looks into what is permitted, and never decides.

declare const brand: unique symbol;

/** Proof that policy allowed exactly this subject. Only `decision/decide.ts` can make one. */
export interface Permit<Subject> {
  readonly [brand]: true;
  /** The id of the decision that allowed it. */
  readonly decisionId: string;
  /** What may be done: for a tool call its step, with the arguments and the runner that were judged. */
  readonly subject: Subject;
}

/**
 * The brand stops at `any` and at a spread: `JSON.parse` gives a permit to whoever asks for one, and
 * `{ ...permit, subject }` is one of another subject. So each permit that was made is remembered too.
 */
const minted = new WeakSet<object>();

/** Makes a permit. `test/architecture.test.ts` fails if any file but `decision/decide.ts` imports it. */
export function mintPermit<Subject>(decisionId: string, subject: Subject): Permit<Subject> {
  // oxlint-disable-next-line typescript/consistent-type-assertions, typescript/no-unsafe-type-assertion -- the one cast of the program: the brand exists for the compiler alone
  const permit = Object.freeze({ decisionId, subject }) as Permit<Subject>;
  minted.add(permit);
  return permit;
}

/** Whether this very permit was minted. Whoever runs something asks first; where it was not, that is a bug. */
export function isMinted(permit: Permit<unknown>): boolean {
  return minted.has(permit);
}

/** Throws where nobody minted this permit: nothing may run with it. */
export function assertMinted(permit: Permit<unknown>): void {
  if (!isMinted(permit)) throw new TypeError("nothing was run: this permit was not minted");
}
