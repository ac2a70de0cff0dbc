// Loaded into a server before its program: from the moment that a file of this name is there, every sync
// of a file fails, as it does once on a disk that is dying. Each write and each sync is told on stderr.

import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

const sign = process.env["BROKEN_SYNC"] ?? "";
const file = await open(process.execPath, "r");
const prototype: {
  readonly datasync: () => Promise<void>;
  readonly write: (bytes: Uint8Array) => Promise<unknown>;
} = Object.getPrototypeOf(file);
const { datasync, write } = prototype;
Object.assign(prototype, {
  async datasync(this: FileHandle) {
    if (existsSync(sign)) throw Object.assign(new Error("i/o"), { code: "EIO" });
    await datasync.call(this);
    process.stderr.write("<synced>");
  },
  async write(this: FileHandle, bytes: Uint8Array) {
    process.stderr.write("<written>");
    return write.call(this, bytes);
  },
});
await file.close();
