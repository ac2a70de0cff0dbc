import type { ChainVerdict, Place } from "../audit/types.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";

/** What was proved of a chain, and what was not, for a person. */
export function chainTold(verdict: ChainVerdict): string {
  const { path, fault, torn } = verdict;
  const lines = [
    `${path}: ${fault === null ? "intact" : "TAMPERED"}`,
    ...(fault === null ? [] : [`  ${fault.kind} at ${placeTold(fault)}: ${fault.detail}`]),
    ...(torn === null ? [] : [`  torn tail at ${placeTold(torn)}: a write that was cut off`]),
    ...proved(verdict).map((line) => `  ${line}`),
  ];
  return `${lines.map(escapeUnprintable).join("\n")}\n`;
}

function proved(verdict: ChainVerdict): readonly string[] {
  const { records, first_seq: first, head, fault, anchored_seq: anchored } = verdict;
  if (head === null || first === null) return ["it holds no record"];
  const until = fault === null ? "" : ", up to there";
  const range = `records ${first} to ${head.seq} (${records}) are linked to each other${until}`;
  return [range, ...signedTold(verdict), anchoredTold(anchored, head.seq)];
}

function signedTold({ checkpoints, after_checkpoint: after }: ChainVerdict): readonly string[] {
  const { valid, unchecked, last_seq: last } = checkpoints;
  const told: string[] = [];
  if (unchecked > 0) {
    told.push(
      `signatures not checked, because no public key is here (--public-key FILE): ${unchecked}`,
    );
  }
  if (last === null) {
    told.push("no signature was proved: whoever can write the files could have written all of it");
    return told;
  }
  told.push(`signatures that hold: ${valid}, the last in record ${last}`);
  told.push(
    after === 0
      ? "no record stands after the last checkpoint"
      : `the last ${after === 1 ? "record stands" : `${after} records stand`} after the last checkpoint, and no signature covers that`,
  );
  return told;
}

function anchoredTold(anchored: number | null, last: number): string {
  if (anchored === null) {
    return "no checkpoint from elsewhere was held against it: that records are missing at its end, or that who has the key wrote it anew, would not show (--checkpoint FILE)";
  }
  return anchored === last
    ? "the checkpoint from elsewhere holds: it is all that was there"
    : `the checkpoint from elsewhere holds up to record ${anchored}; of what came after it, that the end is missing would not show`;
}

function placeTold({ file, line, offset }: Place): string {
  return `${file}:${line} (byte ${offset})`;
}
