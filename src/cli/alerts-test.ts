import type { Tested } from "../alerts/types.ts";
import { withCredentials } from "./auth-open.ts";
import { given } from "./typed.ts";
import { type Command, EXIT, type ExitCode } from "./types.ts";

/** `kubiya alerts test` */
export const alertsTest: Command = {
  name: "alerts test",
  summary: "Send a test alert the whole way, and say what became of it.",
  options: [],
  run: (typed, host) =>
    withCredentials(typed, host, async ({ tryAlert }) => {
      const tested = await tryAlert();
      const [exit, sentence] = told(tested);
      if (given(typed, "json")) host.answer(`${JSON.stringify(tested)}\n`);
      else if (exit === EXIT.yes) host.answer(`${sentence}\n`);
      else host.remark(`${sentence}\n`);
      return exit;
    }),
};

function told(tested: Tested): readonly [ExitCode, string] {
  switch (tested.result) {
    case "delivered":
      return [EXIT.yes, `delivered: ${tested.host} answered ${tested.status}`];
    case "refused":
      return [
        EXIT.no,
        `not delivered: ${tested.host} answered ${tested.status}; look at its log, and whether it has the same secret`,
      ];
    case "no_webhook":
      return [
        EXIT.no,
        "not delivered: there is no webhook, and alerts go to the log and the audit trail alone; set alerts.webhook_url and alerts.secret",
      ];
    case "unreachable":
      return [
        EXIT.outside,
        `not delivered: ${tested.detail}; correct alerts.webhook_url, or start it`,
      ];
    case "stopped":
      return [EXIT.outside, `not sent: ${tested.detail}`];
  }
}
