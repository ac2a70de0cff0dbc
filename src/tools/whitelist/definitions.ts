import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import type { ToolDefinition } from "../../config/types.ts";
import { digestOf } from "../../lib/digest.ts";
import type { Fault } from "../../lib/fault.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import type { ResolveRunner } from "../../runners/types.ts";
import { type CheckArguments, createCheckArguments } from "../arguments.ts";
import type { Tool } from "../types.ts";
import { argumentSchema } from "./schema.ts";

/** A tool that the configuration defines, ready to be planned and run. */
export interface Whitelisted {
  readonly definition: ToolDefinition;
  readonly tool: Tool;
  readonly check: CheckArguments;
  /** Its files, read once: what was judged by digest is what is run. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** What turning definitions into tools takes. */
export interface WhitelistParts {
  readonly resolveRunner: ResolveRunner;
  /** The permissions that a call of a whitelisted tool needs. */
  readonly requires: readonly string[];
}

/** The tools of these definitions, by name; the faults are files that cannot be read. */
export async function loadWhitelist(
  definitions: readonly ToolDefinition[],
  parts: WhitelistParts,
): Promise<Outcome<ReadonlyMap<string, Whitelisted>, readonly Fault[]>> {
  const loaded = await Promise.all(definitions.map((definition) => load(definition, parts)));
  const faults = loaded.flatMap((one) => (one.ok ? [] : [one.failure]));
  const tools = loaded.flatMap((one) =>
    one.ok ? [[one.value.tool.name, one.value] as const] : [],
  );
  return faults.length === 0 ? done(new Map(tools)) : failed(faults);
}

async function load(
  definition: ToolDefinition,
  { resolveRunner, requires }: WhitelistParts,
): Promise<Outcome<Whitelisted, Fault>> {
  const files = await readFiles(definition);
  if (!files.ok) return files;
  const inputSchema = argumentSchema(definition);
  const { name, description = "", image = null, runner = "default" } = definition;
  const type = typeOf(definition);
  const tool: Tool = {
    name,
    description,
    source: "whitelist",
    origin: null,
    type,
    image,
    digest: digestOf({ definition, files: files.value }),
    approved: true,
    requires,
    runner: resolveRunner(runner),
    inputSchema,
    presentation: {},
  };
  return done({ definition, tool, check: createCheckArguments(inputSchema), files: files.value });
}

/** What kind of tool it is, where it does not say. */
export function typeOf({ type, image }: ToolDefinition): string {
  return type ?? (image === undefined ? "shell" : "docker");
}

/** Read at every load, and kept in memory. */
const MAX_FILE_BYTES = 1024 * 1024;

async function readFiles({
  name,
  with_files: files = [],
}: ToolDefinition): Promise<Outcome<Whitelisted["files"], Fault>> {
  const read: { readonly path: string; readonly content: string }[] = [];
  for (const { path, content, source } of files) {
    const text = content === undefined ? await readText(source ?? "") : done(content);
    if (text.ok) read.push({ path, content: text.value });
    else
      return failed({
        path: source ?? path,
        field: `the file ${path} of the tool ${name}`,
        message: text.failure,
        mend: "correct `source`, or give the file's `content`",
      });
  }
  return done(read);
}

async function readText(source: string): Promise<Outcome<string, string>> {
  try {
    const found = await stat(source);
    if (!found.isFile()) return failed("is not a file");
    if (found.size > MAX_FILE_BYTES) return failed(`is larger than ${MAX_FILE_BYTES} bytes`);
    const bytes = await readFile(source);
    return isUtf8(bytes) ? done(bytes.toString()) : failed("is not text in UTF-8");
  } catch {
    return failed("cannot be read");
  }
}
