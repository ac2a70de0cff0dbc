import { escapeUnprintable } from "../lib/unprintable.ts";
import { done, failed } from "../lib/outcome.ts";
import { withCredentials } from "./auth-open.ts";
import { tellJson } from "./auth-shown.ts";
import { given, text } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** `kubiya tools approve NAME` */
export const toolsApprove: Command = {
  name: "tools approve",
  summary:
    "Approve a tool's definition as its source presents it now; every server knows within seconds.",
  argument: { flags: "<name>", summary: "the tool, as kubiya tools list names it" },
  options: [
    {
      flags: "--digest <sha256>",
      summary: "only the definition that kubiya tools diff showed with this digest",
      parse: (typed) =>
        DIGEST.test(typed) ? done(typed) : failed("sha256: and 64 of 0-9 and a-f"),
    },
  ],
  run: (typed, host) =>
    withCredentials(typed, host, (_opened, carryOut) => {
      const [tool = ""] = typed.args;
      const digest = text(typed, "digest") ?? null;
      return carryOut({ do: "approve", tool, digest }, () => {
        host.remark(`${escapeUnprintable(tool)} is approved as its source presents it now\n`);
        if (given(typed, "json")) tellJson({ tool, approved: true }, host);
        return EXIT.yes;
      });
    }),
};
