import { createSecretKey } from "node:crypto";
import { createMark, createRedactor, type Redactor } from "../../src/lib/redact.ts";
import { createIsSecretName } from "../../src/lib/secret-names.ts";

/** The mark of a secret under the key of the tests. */
export const mark: (secret: string) => string = createMark(createSecretKey(Buffer.alloc(32, 7)));

/** A redactor that holds these secrets, and knows a few names. */
export function redactorOf(...secrets: readonly string[]): Redactor {
  const isSecretName = createIsSecretName(["password", "token"]);
  return createRedactor({ secrets, isSecretName, mark });
}

/** A server of which nobody takes notice. */
export const UNOBSERVED = {
  redactor: redactorOf(),
  heard: (): void => {},
  logAccess: (): void => {},
  begin: <T>(work: () => T): T => work(),
  metrics: { watch: (): void => {}, exposition: async () => ({ type: "text/plain", text: "" }) },
};
