// On the trust boundary: the one redactor of a process. It knows each secret as soon as a configuration was
// read, and forgets none: what was one stays one.

import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Config, LoadConfig } from "../config/types.ts";
import { createMark, createRedactor, type Redactor } from "../lib/redact.ts";
import { createIsSecretName } from "../lib/secret-names.ts";
import { heldSecrets } from "./held-secrets.ts";

/** What takes secrets out of all that is written. */
export interface Redaction {
  readonly redactor: Redactor;
  /** The same configurations; their secrets are known before anybody else sees them. */
  readonly learning: (loadConfig: LoadConfig) => LoadConfig;
  /**
   * Marks are made with this key from now on. It is the pepper's: it outlives the process, it is the same on
   * all servers of one store, and it is in none of the places where marks are.
   */
  readonly useKey: (pepper: KeyObject) => void;
}

/** A redaction that knows nothing but names and patterns yet. */
export function createRedaction(secretNames: readonly string[]): Redaction {
  const isSecretName = createIsSecretName(secretNames);
  const held = new Set<string>();
  let mark = createMark(createSecretKey(randomBytes(32)));
  const build = (): Redactor =>
    createRedactor({ secrets: [...held], isSecretName, mark: (secret) => mark(secret) });
  let redactor = build();

  function learn(config: Config): void {
    const known = held.size;
    for (const secret of heldSecrets(config, isSecretName)) held.add(secret);
    if (held.size > known) redactor = build();
  }

  return {
    redactor: {
      text: (text) => redactor.text(text),
      object: (object, pointers) => redactor.object(object, pointers),
    },
    learning: (loadConfig) => async () => {
      const loaded = await loadConfig();
      if (loaded.ok) learn(loaded.value.config);
      return loaded;
    },
    useKey: (pepper) => {
      mark = createMark(pepper);
    },
  };
}
