import type { Offers } from "../tools/types.ts";
import type { Ask } from "./ask.ts";
import type { KeptClient } from "./http-clients.ts";

/** What the handlers of one connection are made of. */
export interface Connection {
  /** Without `admit` where all that arrives was admitted before. */
  readonly ask: Omit<Ask, "admit"> & Partial<Pick<Ask, "admit">>;
  readonly era: "legacy" | "modern";
  readonly version: string;
  /** What is announced and served besides tools. */
  readonly offers: Offers;
  /** What is kept of a client whose every request has a server of its own; null where the server is all it has. */
  readonly kept: KeptClient | null;
  /** False while it has not read what it was sent. */
  readonly clientReads: () => boolean;
}
