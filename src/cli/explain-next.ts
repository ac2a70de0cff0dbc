/** What to look at after a denial, by the topic of its code. The sentence of the policy says more where there is one. */
const NEXT: readonly (readonly [RegExp, string])[] = [
  [
    /^credential\./,
    "kubiya auth status, or kubiya auth key show ID: whether it has expired or was revoked",
  ],
  [/^session\./, "begin a new session; session_timeout says how long one lasts without a request"],
  [
    /^addresses\./,
    "allowed_ips of the configuration, and the networks of the key (kubiya auth key show ID)",
  ],
  [/^permissions\./, "the permissions of the key (kubiya auth key show ID) and of its roles"],
  [/^roles\./, "roles in the configuration: which there are, and their allowed_tools"],
  [/^whitelist\./, "whitelisted_tools in the configuration"],
  [/^runners\./, "enable_runners, allowed_runners and default_runner in the configuration"],
  [/^tools\./, "the tool's definition, and whether the organisation hides it"],
  [/^platform\./, "allow_platform_apis in the configuration"],
  [/^arguments\./, "the tool's schema"],
  [/^keys\./, "a shorter life or fewer rights: nobody makes a key that may do more than its maker"],
  [/^throttle\./, "limits.requests_per_second, and who asked so often (kubiya audit stats)"],
  [/^access\./, "kubiya access unfreeze, once the reason for the freeze is gone"],
  [/^organisation\./, "the organisation's own policies: policies.path, kubiya policy eval"],
  [/^(?:policy|input|audit|server)\./, "the server's log of that time, and kubiya mcp doctor"],
];

/** Where the mend of a denial is looked for. */
export function nextFor(code: string): string {
  return NEXT.find(([topic]) => topic.test(code))?.[1] ?? "the server's log of that time";
}
