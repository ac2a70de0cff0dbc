/** Names that a script's arguments may not have: they would change how its interpreter runs. */
const RESERVED =
  /^(?:PATH|HOME|TMPDIR|LANG|ENV|IFS|SHELL|SHELLOPTS|PS4|CDPATH|GLOBIGNORE|(?:BASH|LD_|DYLD_|NODE_|PYTHON|PERL|RUBY|GIT_|KUBIYA_).*)$/i;

/** Whether an argument that arrives as an environment variable of this name would do more than arrive. */
export function isReservedArgument(name: string): boolean {
  return RESERVED.test(name);
}
