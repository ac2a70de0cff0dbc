/** Who has called one upstream, over all of its connections: nobody, one caller, or several. */
export interface Callers {
  readonly add: (caller: string) => void;
  readonly areSeveral: () => boolean;
}

/** Nobody yet. */
export function createCallers(): Callers {
  let only: string | null = null;
  let several = false;
  return {
    add: (caller) => {
      several ||= only !== null && only !== caller;
      only = caller;
    },
    areSeveral: () => several,
  };
}
