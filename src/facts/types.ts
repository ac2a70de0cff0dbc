import type { Config } from "../config/types.ts";
import type { Toolbox } from "../tools/types.ts";
import type { Facts } from "./document.ts";

export type { Facts } from "./document.ts";

/** A configuration, its tools and the facts that follow from both: they change together or not at all. */
export interface World {
  readonly config: Config;
  readonly toolbox: Toolbox;
  /** The document that policies read as `data.facts`. */
  readonly facts: Facts;
  /** `sha256:...` of `facts`. */
  readonly digest: string;
}
