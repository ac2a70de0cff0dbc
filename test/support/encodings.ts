/** How a text may be written so that whoever finds it can read it again; each with what surrounds it. */
export const ENCODINGS: readonly {
  readonly name: string;
  readonly encode: (text: string) => string;
}[] = [
  { name: "plain", encode: (text) => text },
  { name: "base64", encode: (text) => Buffer.from(text).toString("base64") },
  { name: "base64, one byte on", encode: (text) => Buffer.from(`.${text}`).toString("base64") },
  { name: "base64, two bytes on", encode: (text) => Buffer.from(`:/${text}!`).toString("base64") },
  { name: "base64 of a URL", encode: (text) => Buffer.from(`x:${text}`).toString("base64url") },
  { name: "hexadecimal", encode: (text) => Buffer.from(text).toString("hex") },
  { name: "HEXADECIMAL", encode: (text) => Buffer.from(text).toString("hex").toUpperCase() },
  { name: "percent form", encode: (text) => encodeURIComponent(text) },
  {
    name: "percent form of each byte",
    encode: (text) => Buffer.from(text).toString("hex").replaceAll(/../g, "%$&"),
  },
  { name: "JSON", encode: (text) => JSON.stringify(text) },
];
