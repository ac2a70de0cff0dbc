/** One thing that is wrong in something a person wrote, and how to mend it. */
export interface Fault {
  /** The file (or `environment`, `command line`) that it stands in; with `:line` where it is known. */
  readonly path: string;
  /** The field within it, in the reader's notation (`whitelisted_tools[0].image`); empty for the whole. */
  readonly field: string;
  readonly message: string;
  readonly mend: string;
}

/** A fault as one line for a person. */
export function faultLine(fault: Fault): string {
  const place = fault.field === "" ? fault.path : `${fault.path}: ${fault.field}`;
  return `${place}: ${fault.message} (${fault.mend})`;
}
