import type { Fault } from "../lib/fault.ts";
import type { ConfigFile } from "./file.ts";
import type { ToolDefinition } from "./types.ts";

/** What a tool asks to be confined by and nothing would carry out, whatever is installed: every finding at once. */
export function confinementFindings(file: ConfigFile): readonly Omit<Fault, "path">[] {
  return (file.whitelisted_tools ?? []).flatMap((tool, at) =>
    typeof tool === "string" ? [] : findingsOf(`whitelisted_tools[${at}]`, tool),
  );
}

function findingsOf(
  place: string,
  { image, type, sandbox = "none", network = true, ...tool }: ToolDefinition,
): readonly Omit<Fault, "path">[] {
  const sandboxed = sandbox === "bubblewrap";
  if (image !== undefined || type === "docker") {
    const message = "only a process has one; a container is confined without it";
    return sandboxed ? [{ field: `${place}.sandbox`, message, mend: "leave it out" }] : [];
  }
  const rules: readonly (readonly [boolean, string, string, string])[] = [
    [
      !network && !sandboxed,
      "network",
      "nothing would keep a process from the network",
      'add `"sandbox": "bubblewrap"` or an `image`, or leave it out',
    ],
    [
      tool.with_volumes !== undefined && !sandboxed,
      "with_volumes",
      "only a container or a sandbox has them",
      'add an `image` or `"sandbox": "bubblewrap"`',
    ],
    // The kernel's limits for processes count CPU seconds, and all processes of a user together.
    ...(["cpus", "pids"] as const).map(
      (name) =>
        [
          tool[name] !== undefined,
          name,
          "nothing would hold a process and all that it starts to it",
          "add an `image` to run it in a container, or leave it out",
        ] as const,
    ),
  ];
  return rules
    .filter(([broken]) => broken)
    .map(([, name, message, mend]) => ({ field: `${place}.${name}`, message, mend }));
}
