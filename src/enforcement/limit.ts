import { done, failed, type Outcome } from "../lib/outcome.ts";
import { cutText } from "../lib/text.ts";
import type { Block, Given, Questions, ToolFailure, ToolResult } from "../tools/types.ts";

/** What is no use in part leaves whole or not at all: a resource, a prompt, a question. */
export function limitWhole<Whole extends Given | Questions>(
  whole: Whole,
  allowed: number,
): Outcome<Whole, ToolFailure> {
  const bytes = bytesOf(whole.kind === "given" ? whole.body : whole.questions);
  return bytes <= allowed ? done(whole) : failed({ reason: "too_large", bytes, allowed });
}

/**
 * A result of which at most so many bytes leave. A block of text that is too large loses what stands beside its
 * words, and is cut between two characters; anything else is no use in part, so it leaves whole or not at all, and
 * a line says what was left out.
 */
export function limitResult(result: ToolResult, maxBytes: number): ToolResult {
  let left = maxBytes;
  let truncated = false;
  const content = result.content.map((block) => {
    const limited = limitBlock(block, left);
    truncated ||= limited !== block;
    left -= limited === block ? sizeOf(block) : Buffer.byteLength(wordsOf(block) ?? "");
    return limited;
  });
  const fits = result.structured === null || bytesOf(result.structured) <= left;
  if (!truncated && fits) return result;
  return { ...result, content, structured: fits ? result.structured : null, truncated: true };
}

/**
 * The same of a tool that has promised what its structured part looks like: without that part a result is an
 * error, for clients take one that keeps silent about it for a fault of the server, and throw.
 */
export function limitPromised(result: ToolResult, maxBytes: number): ToolResult {
  const limited = limitResult(result, maxBytes);
  if (limited.isError || !limited.truncated || limited.structured !== null) return limited;
  return { ...limited, content: [...limited.content, NOT_WHOLE], isError: true };
}

const NOT_WHOLE: Block = {
  type: "text",
  text: "[left out: the structured part of the result, which is too large. The tool ran; ask it for less.]",
};

function limitBlock(block: Block, maxBytes: number): Block {
  const size = sizeOf(block);
  if (size <= maxBytes) return block;
  const words = wordsOf(block);
  if (words !== null) return { type: "text", text: cutText(words, Math.max(0, maxBytes)) };
  return { type: "text", text: `[left out: ${block.type} of ${size} bytes]` };
}

/** What counts: of a text its words and what stands beside them (`_meta`, `annotations`), the whole of anything else. */
function sizeOf(block: Block): number {
  const words = wordsOf(block);
  if (words === null) return bytesOf(block);
  const { type: _type, text: _text, ...beside } = block;
  return Buffer.byteLength(words) + (Object.keys(beside).length === 0 ? 0 : bytesOf(beside));
}

/** The words of a text; null where a block is none. */
function wordsOf({ type, text }: Block): string | null {
  return type === "text" && typeof text === "string" ? text : null;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
