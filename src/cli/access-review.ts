import type { Done } from "../credential/types.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { withCredentials } from "./auth-open.ts";
import { span } from "./auth-options.ts";
import { listedOf, tellLeftOut } from "./auth-shown.ts";
import { review } from "./review.ts";
import { createReviewRights } from "./review-rights.ts";
import { tellReview, tellReviewJson } from "./review-shown.ts";
import { given, number } from "./typed.ts";
import { type Command, EXIT, type Host, type OpenedCredentials } from "./types.ts";

/** `kubiya access review` */
export const accessReview: Command = {
  name: "access review",
  summary: "Say of each credential and role which tools it can call, and why not the others.",
  options: [
    {
      flags: "--unused <time>",
      summary: "only credentials that were not used for so long, as 30d",
      parse: span,
    },
    {
      flags: "--expires-after <time>",
      summary: "only credentials that hold longer than this from now, as 90d",
      parse: span,
    },
    { flags: "--all", summary: "also credentials that have expired or were revoked" },
  ],
  run: (typed, host) =>
    withCredentials(typed, host, (opened, carryOut) =>
      carryOut({ do: "read", kind: "key" }, async (left) => {
        // Judging may take long, and who freezes access must not wait for it.
        await opened.leaveTrail();
        const { callerOf, current } = opened;
        const snapshot = current();
        const moment = { requestId: host.newId(), nowMs: left.atMs };
        const reviewRights = createReviewRights({
          ...{ snapshot, buildInput: host.buildInput, ...moment },
        });
        const reviewed = await review(
          { left, world: snapshot.world, callerOf, reviewRights },
          {
            unusedMs: number(typed, "unused") ?? null,
            outlivesMs: number(typed, "expiresAfter") ?? null,
            ended: given(typed, "all") ? "reviewed" : "left out",
          },
        );
        await remark(left, opened, host);
        if (given(typed, "json")) tellReviewJson(reviewed, host);
        else tellReview(reviewed, host);
        return EXIT.yes;
      }),
    ),
};

/** Says what the review leaves aside. */
async function remark(left: Done, { readFreeze }: OpenedCredentials, host: Host): Promise<void> {
  const changed = left.credentials.filter(
    (stored) => listedOf(stored, left).status === "changed outside",
  );
  tellLeftOut(left.unreadable + changed.length, host);
  const freeze = await readFreeze();
  if (freeze === null) return;
  const why = freeze.reason === null ? "may be frozen" : `is frozen: ${freeze.reason}`;
  host.remark(`access ${escapeUnprintable(why)}; this is what holds once it is not\n`);
}
