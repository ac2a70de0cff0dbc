// What the suite's own example gives back, so that its scenarios find what they look for.

import type { Block } from "../../src/tools/types.ts";

/** A picture of one red point. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

/** A sound without any sample. */
const WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

export const IMAGE: Block = { type: "image", data: PNG, mimeType: "image/png" };
export const AUDIO: Block = { type: "audio", data: WAV, mimeType: "audio/wav" };
export const PICTURE = { uri: "test://static-binary", mimeType: "image/png", blob: PNG } as const;

/** A block of text. */
export function text(words: string): Block {
  return { type: "text", text: words };
}

/** A block that carries a resource of text. */
export function embedded(uri: string, words: string, mimeType: string = "text/plain"): Block {
  return { type: "resource", resource: { uri, mimeType, text: words } };
}
