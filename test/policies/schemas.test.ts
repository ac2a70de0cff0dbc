import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";

/** Every schema that the program compiles as it starts, without checking it again. */
const FOLDERS = ["policies/schemas", "policies/schemas/facts", "src/config", "src/audit"];

const files = await Promise.all(
  FOLDERS.map(async (folder) =>
    (await readdir(folder))
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(folder, name)),
  ),
);

for (const file of files.flat()) {
  test(`${file} is a JSON Schema of 2020-12`, async () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { cidr: true } });
    ajv.compile(JSON.parse(await readFile(file, "utf8")));
  });
}
