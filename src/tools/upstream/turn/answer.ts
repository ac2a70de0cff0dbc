// On the trust boundary: what an upstream answered, on its way to the caller. Secrets that the server holds are
// hidden in every text of it, and no more leaves than may.

import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../../lib/json.ts";
import { cutText } from "../../../lib/text.ts";
import { type Hide, hiddenObject } from "../../hide.ts";
import type { Block, Given, ToolResult } from "../../result.ts";
import { TooMuch } from "../connection/told.ts";
import { isWithinDepth } from "../taken.ts";

/** What is taken from an answer. */
export interface Taking {
  readonly hide: Hide;
  /** Bytes of it that may leave. */
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/** The result of a tool; text beyond the limit is cut, anything else is left out. Throws `TooMuch`. */
export function toolResultOf(answer: JsonObject, taking: Taking): ToolResult {
  const { content, structuredContent, isError } = taken(answer, taking);
  const blocks = (isJsonList(content) ? content : []).filter(isBlock);
  const structured = isJsonObject(structuredContent) ? structuredContent : null;
  const outputBytes = bytesOf(blocks) + (structured === null ? 0 : bytesOf(structured));
  const whole = {
    kind: "result",
    content: blocks,
    structured,
    isError: isError === true,
    exitCode: null,
    outputBytes,
    truncated: false,
  } as const;
  return outputBytes <= taking.maxBytes ? whole : limited(whole, taking.maxBytes);
}

/** What was read, which is no use in part. Throws `TooMuch`. */
export function givenOf(answer: JsonObject, taking: Taking): Given {
  const { _meta: _aboutTheTransport, ...body } = taken(answer, taking);
  const bytes = bytesOf(body);
  if (bytes > taking.maxBytes) {
    throw new TooMuch(
      `gave ${bytes} bytes, of which none can be cut; ${taking.maxBytes} may leave`,
    );
  }
  return { kind: "given", body };
}

function taken(answer: JsonObject, { hide, maxDepth }: Taking): JsonObject {
  if (!isWithinDepth(answer, maxDepth)) throw new TooMuch(`gave more than ${maxDepth} levels`);
  return hiddenObject(answer, hide);
}

function limited(result: ToolResult, maxBytes: number): ToolResult {
  let left = maxBytes;
  const content = result.content.map((block) => {
    const { type, text } = block;
    const size = bytesOf(block);
    if (size <= left) {
      left -= size;
      return block;
    }
    const said =
      type === "text" && typeof text === "string"
        ? cutText(text, left)
        : `[left out: ${type} of ${size} bytes]`;
    left = 0;
    return { type: "text", text: said };
  });
  const { structured } = result;
  const fits = structured !== null && bytesOf(structured) <= left;
  return { ...result, content, structured: fits ? structured : null, truncated: true };
}

function isBlock(value: Json): value is Block {
  return isJsonObject(value) && typeof value["type"] === "string";
}

function bytesOf(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}
