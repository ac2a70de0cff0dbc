// On the trust boundary: what was kept of a trail elsewhere. Callers have a part in what a log says, so an anchor
// is read from where a server writes it alone, never from inside a value that somebody sent.

import { isObject } from "../lib/json.ts";
import type { Anchor } from "./types.ts";

/** A whole line as the log says it to a person: a fact that could be taken for more of them is quoted there. */
const SAID =
  /^[-\d]{10}T[\d:.]+Z info audit checkpoint(?: request_id=[-\w]+)? chain=([^\s="]+) seq=(\d+) hash=(\S+)$/;

/** The anchors in a text: what `audit verify --json` printed, or lines of a log, of either form. */
export function anchorsIn(text: string): readonly Anchor[] {
  const whole = parse(text);
  if (whole !== null) return anchorsOf(whole);
  return text.split(/\r?\n/).flatMap((line) => {
    const [, chain, seq, hash] = SAID.exec(line) ?? [];
    return chain === undefined
      ? anchorsOf(parse(line))
      : anchorOf({ chain, seq: Number(seq), hash });
  });
}

/** Those of an answer, or of a line of the log. */
function anchorsOf(value: unknown): readonly Anchor[] {
  if (!isObject(value)) return [];
  const { heads, level, message, facts } = value;
  if (Array.isArray(heads)) return heads.flatMap(anchorOf);
  return level === "info" && message === "audit checkpoint" ? anchorOf(facts) : [];
}

function anchorOf(value: unknown): readonly Anchor[] {
  if (!isObject(value)) return [];
  const { chain, seq, hash } = value;
  if (typeof chain !== "string" || typeof seq !== "number" || typeof hash !== "string") return [];
  const whole = Number.isSafeInteger(seq) && seq > 0 && /^[0-9a-f]{64}$/.test(hash);
  return whole ? [{ chain, seq, hash }] : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
