/** Names that a script's arguments may not have: they would change how its interpreter runs. */
const RESERVED =
  /^(?:PATH|HOME|TMPDIR|LANG|ENV|IFS|SHELL|SHELLOPTS|PS4|CDPATH|GLOBIGNORE|(?:BASH|LD_|DYLD_|NODE_|PYTHON|PERL|RUBY|GIT_|KUBIYA_).*)$/i;

/** To JavaScript no member like others: a value of this name is lost on its way. */
const LOST = "__proto__";

/** Whether an argument that arrives as an environment variable of this name would do more than arrive, or never would. */
export function isReservedArgument(name: string): boolean {
  return name === LOST || RESERVED.test(name);
}
