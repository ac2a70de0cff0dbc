// Loaded into a server before its program: each write to a file that holds this text fails, as on a disk that is full.

import { type FileHandle, open } from "node:fs/promises";

const text = process.env["BROKEN_WRITE"] ?? "";
const file = await open(process.execPath, "r");
const prototype: { readonly write: (bytes: Uint8Array) => Promise<unknown> } =
  Object.getPrototypeOf(file);
const { write } = prototype;
Object.assign(prototype, {
  async write(this: FileHandle, bytes: Uint8Array) {
    if (Buffer.from(bytes).includes(text))
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    return write.call(this, bytes);
  },
});
await file.close();
