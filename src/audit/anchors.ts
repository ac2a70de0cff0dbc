import { isObject } from "../lib/json.ts";
import type { Anchor } from "./types.ts";

/** How the log says it to a person. */
const SAID = /\bchain=(\S+) seq=(\d+) hash=([0-9a-f]{64})\b/g;

/** The anchors in a text: what `audit verify --json` printed, or lines of a log, of either form. */
export function anchorsIn(text: string): readonly Anchor[] {
  const whole = parse(text);
  if (whole !== null) return anchorsOf(whole);
  const said = [...text.matchAll(SAID)].map(([, chain = "", seq, hash = ""]) => ({
    ...{ chain, seq: Number(seq), hash },
  }));
  return [...said, ...text.split("\n").flatMap((line) => anchorsOf(parse(line)))];
}

function anchorsOf(value: unknown): readonly Anchor[] {
  if (Array.isArray(value)) return value.flatMap(anchorsOf);
  if (!isObject(value)) return [];
  const { chain, seq, hash } = value;
  if (typeof chain === "string" && typeof seq === "number" && typeof hash === "string") {
    return [{ chain, seq, hash }];
  }
  return Object.values(value).flatMap(anchorsOf);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
