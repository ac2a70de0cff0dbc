// On the trust boundary: the one redactor of a process. It knows each secret as soon as a configuration was
// read, and forgets none: what was one stays one.

import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Config, LoadConfig } from "../config/types.ts";
import { createMark, createRedactor, type Redactor } from "../lib/redact.ts";
import { createIsSecretName } from "../lib/secret-names.ts";
import { createHide, type Hide } from "../tools/hide.ts";
import { heldSecrets } from "./held-secrets.ts";

/** What takes secrets out of all that is written. */
export interface Redaction {
  readonly redactor: Redactor;
  /** Takes the same secrets out of what is said to callers, who are not told which ones are the same. */
  readonly hide: Hide;
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
  let hide = createHide([]);

  function learn(config: Config): void {
    const known = held.size;
    for (const secret of heldSecrets(config, isSecretName)) held.add(secret);
    if (held.size === known) return;
    redactor = build();
    hide = createHide([...held]);
  }

  return {
    redactor: {
      text: (text) => redactor.text(text),
      object: (object, pointers) => redactor.object(object, pointers),
    },
    hide: {
      inWhole: (text) => hide.inWhole(text),
      inBeginning: (text) => hide.inBeginning(text),
      inEnd: (text) => hide.inEnd(text),
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
