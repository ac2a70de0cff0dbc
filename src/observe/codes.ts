/** The codes that decisions of ours have; an organisation's and any other are counted together. */
const CODES: ReadonlySet<string> = new Set([
  "access.frozen",
  "access.unverifiable",
  ...["addresses.not_allowed", "addresses.unknown"],
  ...["credential.expired", "credential.missing", "credential.revoked", "credential.unknown"],
  "credential.unverifiable",
  "input.invalid",
  ...["keys.exceeds_creator", "keys.lifetime_too_long"],
  "permissions.missing",
  "platform.disabled",
  ...["policy.error", "policy.invalid_decision", "policy.unknown_obligation"],
  ...["roles.tool_not_allowed", "roles.unknown"],
  ...["runners.disabled", "runners.not_allowed", "runners.unhealthy", "runners.unknown"],
  ...["session.expired", "session.foreign", "session.missing", "session.too_many"],
  ...["tools.hidden", "tools.not_approved"],
  "whitelist.not_listed",
]);

/** The label of a code: itself where it is one of ours, so that nobody else makes up a series. */
export function labelOf(code: string): string {
  if (code.startsWith("organisation.")) return "organisation";
  return CODES.has(code) ? code : "other";
}
