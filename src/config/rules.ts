import { posix } from "node:path";
import { isSafeAddress } from "../lib/address.ts";
import { isReservedArgument } from "../lib/argument-names.ts";
import type { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { hasUnprintable } from "../lib/unprintable.ts";
import type { ConfigFile } from "./file.ts";
import type { ToolDefinition } from "./types.ts";

/** A fault but for the file that it stands in. */
type Finding = Omit<Fault, "path">;

/** What a schema cannot say: every finding at once. */
export function findings(file: ConfigFile): readonly Finding[] {
  const entries = file.whitelisted_tools ?? [];
  const tools = entries.flatMap((entry, at) =>
    typeof entry === "string" ? [] : [[`whitelisted_tools[${at}]`, entry] as const],
  );
  return [
    ...jwtFindings(file),
    ...limitFindings(file),
    ...duplicates(tools),
    ...tools.flatMap(([field, tool]) => toolFindings(field, tool)),
  ];
}

/** Keys that come over a wire that anybody can write to would let anybody sign. */
function jwtFindings({ jwt }: ConfigFile): readonly Finding[] {
  if (jwt === undefined) return [];
  const missing = (["issuer", "audience"] as const).filter((name) => (jwt[name] ?? "") === "");
  const open = (["issuer", "jwks_uri"] as const).filter((name) => !isSafe(jwt[name]));
  return [
    ...missing.map((name) => ({
      field: `jwt.${name}`,
      message: "is missing",
      mend: "add it: tokens of anybody, or for anybody, would count without it",
    })),
    ...open.map((name) => ({
      field: `jwt.${name}`,
      message: "is no https address",
      mend: "write it as https://...; http is for this machine alone",
    })),
  ];
}

function limitFindings({ limits = {} }: ConfigFile): readonly Finding[] {
  if (limits.burst === undefined || limits.requests_per_second !== undefined) return [];
  const mend = "add limits.requests_per_second, or leave it out";
  return [{ field: "limits.burst", message: "limits nothing by itself", mend }];
}

function isSafe(written: string | undefined): boolean {
  return written === undefined || written === "" || isSafeAddress(written);
}

function duplicates(tools: readonly (readonly [string, ToolDefinition])[]): readonly Finding[] {
  return tools.flatMap(([field, { name }], at) =>
    tools.slice(0, at).some(([, earlier]) => earlier.name === name)
      ? [
          {
            field: `${field}.name`,
            message: `another tool is called ${name}`,
            mend: "rename one of them",
          },
        ]
      : [],
  );
}

function toolFindings(field: string, tool: ToolDefinition): readonly Finding[] {
  const rules: readonly (readonly [boolean, string, string, string])[] = [
    [
      tool.type === "docker" && tool.image === undefined,
      "image",
      "a tool of type docker needs one",
      "name the image",
    ],
    [
      tool.args !== undefined && tool.content === undefined,
      "args",
      "only a script has them",
      "add `content`, or leave `args` out: a program takes one `command`",
    ],
    [/\0/.test(tool.content ?? ""), "content", "has the character NUL", "write plain text"],
  ];
  return [
    ...rules
      .filter(([broken]) => broken)
      .map(([, name, message, mend]) => ({ field: `${field}.${name}`, message, mend })),
    ...hiddenFindings([[`${field}.description`, tool.description]]),
    ...argumentFindings(field, tool),
    ...fileFindings(field, tool),
  ];
}

type Argument = NonNullable<ToolDefinition["args"]>[number];

function argumentFindings(field: string, { args = [] }: ToolDefinition): readonly Finding[] {
  return args.flatMap((arg, at) => {
    const place = `${field}.args[${at}]`;
    return [
      ...nameFindings(`${place}.name`, arg, args.slice(0, at)),
      ...hiddenFindings([[`${place}.description`, arg.description], ...valuesOf(place, arg)]),
      ...valueFindings(place, arg),
      ...secretFindings(place, arg),
    ];
  });
}

/** A client shows a person one text, and its model reads what is hidden in it too. */
function hiddenFindings(shown: readonly (readonly [string, unknown])[]): readonly Finding[] {
  return shown
    .filter(([, value]) => hasHiddenText(value))
    .map(([field]) => ({
      field,
      message: "has control, bidirectional or invisible characters",
      mend: "write plain text",
    }));
}

/** In a text, lines and tabs aside, or in the names and values inside an option. */
function hasHiddenText(value: unknown): boolean {
  if (typeof value === "string") return hasUnprintable(value.replaceAll(/[\t\n]/g, ""));
  if (Array.isArray(value)) return value.some(hasHiddenText);
  return isObject(value) && Object.entries(value).some(hasHiddenText);
}

function nameFindings(
  field: string,
  { name }: Argument,
  earlier: readonly Argument[],
): readonly Finding[] {
  if (isReservedArgument(name)) {
    const message = `${name} is reserved: it changes how programs run, or never reaches them`;
    return [{ field, message, mend: "choose another name" }];
  }
  if (!earlier.some((other) => other.name === name)) return [];
  return [{ field, message: `another argument is called ${name}`, mend: "rename one of them" }];
}

/** A default or an option that the argument's own type refuses would make each call fail. */
function valueFindings(field: string, arg: Argument): readonly Finding[] {
  const { type = "string", options, default: fallback } = arg;
  const mistyped = valuesOf(field, arg)
    .filter(([, value]) => !fits(value, type))
    .map(([place]) => ({
      field: place,
      message: `does not have the argument's type, ${type}`,
      mend: "correct the value, or the type",
    }));
  if (fallback === undefined || options === undefined) return mistyped;
  const offered = options.some((option) => JSON.stringify(option) === JSON.stringify(fallback));
  if (offered) return mistyped;
  const message = "is none of the argument's options";
  return [...mistyped, { field: `${field}.default`, message, mend: "add it to `options`" }];
}

/** Every caller is shown a tool's schema. */
function secretFindings(field: string, arg: Argument): readonly Finding[] {
  if (arg.secret !== true || valuesOf(field, arg).length === 0) return [];
  const message = "is a secret whose values every caller would be shown";
  return [{ field, message, mend: "leave `default` and `options` out, or `secret`" }];
}

/** The values that a definition gives itself, by their place. */
function valuesOf(
  field: string,
  { options, default: fallback }: Argument,
): readonly (readonly [string, unknown])[] {
  return [
    ...(fallback === undefined ? [] : [[`${field}.default`, fallback] as const]),
    ...(options ?? []).map((option, at) => [`${field}.options[${at}]`, option] as const),
  ];
}

function fits(value: unknown, type: NonNullable<Argument["type"]>): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
  }
}

function fileFindings(
  field: string,
  { with_files: files = [], image }: ToolDefinition,
): readonly Finding[] {
  return files.flatMap(({ path, content, source }, at) => {
    const place = `${field}.with_files[${at}]`;
    const one = (content === undefined) === (source === undefined);
    const outside =
      path.split("/").includes("..") || path.startsWith("/") !== (image !== undefined);
    const above = files.find((other, its) => its !== at && isBelow(path, other.path));
    const rules: readonly (readonly [boolean, string, string, string])[] = [
      [one, place, "needs `content` or `source`, and not both", "leave one of them"],
      [
        outside,
        `${place}.path`,
        `${path} is not where the tool can have it`,
        "write it relative for a process, absolute for a container, without ..",
      ],
      [
        above !== undefined,
        `${place}.path`,
        `${path} is below another file, ${above?.path}`,
        "rename one of them: a file is no folder",
      ],
    ];
    return rules
      .filter(([broken]) => broken)
      .map(([, name, message, mend]) => ({ field: name, message, mend }));
  });
}

function isBelow(path: string, folder: string): boolean {
  return posix.join("/", path).startsWith(posix.join("/", folder, "/"));
}
