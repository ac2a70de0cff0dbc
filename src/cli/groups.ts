/** Groups of commands by all their words; one may stand in another. */
export const GROUPS: Readonly<Record<string, string>> = {
  mcp: "the server and its configuration",
  auth: "credentials: who holds which, and for how long",
  "auth key": "API keys: make, show, rotate, revoke",
  "auth token": "temporary tokens, each made from a key",
  "auth session": "the sessions that are open",
  access: "who may what, and the brake for all of it",
  alerts: "what somebody must hear of",
  audit: "the trail of what was asked, decided and done",
  tools: "the tools of every source, and the approval of what others changed",
  runners: "where tools run: this machine, and the runners of the Kubiya cloud",
  policy: "an organisation's policies: write, check, test, build, ask",
};

/** Whether a command or a group stands in a group; the empty one is the program itself. */
export function isIn(name: string, group: string): boolean {
  return name.split(" ").slice(0, -1).join(" ") === group;
}
