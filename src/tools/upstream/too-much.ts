/** An upstream gave more than is taken from it. The message follows "the MCP server NAME". */
export class TooMuch extends Error {
  override readonly name = "TooMuch";
}
