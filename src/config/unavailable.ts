import type { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import type { ConfigFile } from "./file.ts";

/** A field whose part of the program does not exist yet. */
interface Unavailable {
  readonly field: string;
  /** What would protect refuses the start; what would only offer something is left out with a warning. */
  readonly protects: boolean;
}

const UNAVAILABLE: readonly Unavailable[] = [
  { field: "http", protects: true },
  { field: "jwt", protects: true },
  { field: "alerts", protects: true },
  { field: "store", protects: true },
  { field: "audit.checkpoint_key", protects: true },
  { field: "audit.max_file_bytes", protects: false },
  { field: "audit.retention_days", protects: false },
  { field: "policies.public_key", protects: true },
  { field: "policies.algorithm", protects: true },
  { field: "policies.shadow", protects: false },
  { field: "limits.requests_per_second", protects: true },
  { field: "limits.burst", protects: true },
  { field: "limits.max_tools_in_response", protects: false },
  { field: "limits.default_page_size", protects: false },
  { field: "mcpServers", protects: false },
  { field: "kubiya", protects: false },
];

/** Fields of a configuration whose part does not exist yet: what refuses the start, and what warns. */
export function unavailableFields(
  file: ConfigFile,
  path: string,
): { readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] } {
  const rows = [...UNAVAILABLE.filter(({ field }) => isSet(file, field)), ...sandboxes(file)];
  const told = (protects: boolean): readonly Fault[] =>
    rows
      .filter((row) => row.protects === protects)
      .map(({ field }) => ({
        path,
        field,
        message: "not available yet",
        mend: protects
          ? "leave it out: the server does not start without what it promises"
          : "it is ignored",
      }));
  return { faults: told(true), warnings: told(false) };
}

function isSet(file: ConfigFile, field: string): boolean {
  let value: unknown = file;
  for (const name of field.split(".")) value = isObject(value) ? value[name] : undefined;
  return value !== undefined;
}

function sandboxes(file: ConfigFile): readonly Unavailable[] {
  return (file.whitelisted_tools ?? []).flatMap((entry, at) =>
    typeof entry !== "string" && entry.sandbox === "bubblewrap"
      ? [{ field: `whitelisted_tools[${at}].sandbox`, protects: true }]
      : [],
  );
}
