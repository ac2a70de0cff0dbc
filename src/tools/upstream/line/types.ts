/** Something that messages go over, and its end. */
export interface Line<Transport> {
  readonly transport: Transport;
  /** Settles with what happened, in words that follow "the MCP server NAME", when nothing goes over it any more. */
  readonly ended: Promise<string>;
  /** Whether it ended because the program behind it did. */
  readonly hasExited: () => boolean;
  /** Ends it, and whatever was started for it. */
  readonly close: () => Promise<void>;
}
