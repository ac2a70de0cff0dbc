// Writes the TypeScript types of the documents that are described by a JSON Schema, so that type
// and schema cannot drift: `types.ts` writes them, `types.ts --check` fails when one is stale.

import { readFile, readdir, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { compile, type JSONSchema } from "json-schema-to-typescript";

const FACTS = "policies/schemas/facts";

const DOCUMENTS = [
  {
    file: "src/input/document.ts",
    title: "InputDocument",
    schema: () => read("policies/schemas/input.json"),
  },
  {
    file: "src/alerts/document.ts",
    title: "Sighting",
    schema: () => read("policies/schemas/sighting.json"),
  },
  { file: "src/facts/document.ts", title: "Facts", schema: factsSchema },
  { file: "src/config/file.ts", title: "ConfigFile", schema: () => read("src/config/schema.json") },
] as const;

const stale: string[] = [];
for (const document of DOCUMENTS) {
  const text = await typesOf(document.title, await document.schema());
  if (!process.argv.includes("--check")) await writeFile(document.file, text);
  else if (text !== (await readFile(document.file, "utf8"))) stale.push(document.file);
}
if (stale.length > 0) {
  process.stderr.write(`stale: ${stale.join(", ")}; run \`make types\`\n`);
  process.exitCode = 1;
}

async function read(file: string): Promise<JSONSchema> {
  return JSON.parse(await readFile(file, "utf8"));
}

/** One schema a fact, one file a schema: the facts document has them all. */
async function factsSchema(): Promise<JSONSchema> {
  const files = (await readdir(FACTS)).toSorted();
  const members = await Promise.all(
    files.map(async (file) => [basename(file, ".json"), await read(`${FACTS}/${file}`)] as const),
  );
  return {
    type: "object",
    additionalProperties: false,
    required: members.map(([name]) => name),
    properties: Object.fromEntries(members),
  };
}

async function typesOf(title: string, schema: JSONSchema): Promise<string> {
  const { $id: _, ...rest } = schema;
  const text = await compile({ ...rest, title }, title, {
    additionalProperties: false,
    bannerComment: "// Written by scripts/types.ts from its JSON Schema. Edit the schema.",
    strictIndexSignatures: false,
    style: { printWidth: 100 },
  });
  return text
    .replaceAll(/^(\s+)((?:"[^"]+"|[A-Za-z_$][\w$]*|\[k: string\])\??:(?=\s))/gm, "$1readonly $2")
    .replaceAll(/\b(\w+)\[\]/g, "readonly $1[]");
}
