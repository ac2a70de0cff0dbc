// A source file as `architecture.ts` asks about it: what it imports, which globals it uses and which
// members it reads. The parser knows comments from texts and code, and each way to write the same thing.

import type * as ESTree from "oxc-parser";
import { parseSync, Visitor } from "oxc-parser";

/** An import or a re-export of a source file. */
export interface Import {
  /** As it is written; null where only a run can say it. */
  readonly name: string | null;
  /** Whether the compiler erases it: nothing of it is there when the program runs. */
  readonly typesOnly: boolean;
}

/** What a source file has to say to others. */
export interface Source {
  readonly parses: boolean;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Identifiers that stand for themselves; `process.kill` where a member of theirs is read. */
  readonly globals: ReadonlySet<string>;
  /** The members that it reads, taken apart or not. */
  readonly reads: ReadonlySet<string>;
  /** Every identifier and every member's name, wherever it stands. */
  readonly names: ReadonlySet<string>;
}

type Key = ESTree.PropertyKey | ESTree.Expression | ESTree.ModuleExportName;

/** Reads a source file. */
export function readSource(file: string, text: string): Source {
  const { program, errors } = parseSync(file, text);
  return {
    parses: errors.length === 0,
    lines: text.split("\n").length - 1,
    imports: importsOf(program),
    ...namesOf(program),
  };
}

function importsOf(program: ESTree.Program): readonly Import[] {
  const found: Import[] = [];
  new Visitor({
    ImportDeclaration: ({ source, importKind, specifiers }) => {
      const typesOnly =
        importKind === "type" ||
        (specifiers.length > 0 &&
          specifiers.every((one) => one.type === "ImportSpecifier" && one.importKind === "type"));
      found.push({ name: source.value, typesOnly });
    },
    ExportNamedDeclaration: ({ source, exportKind, specifiers }) => {
      if (source === null) return;
      const typesOnly =
        exportKind === "type" || specifiers.every((one) => one.exportKind === "type");
      found.push({ name: source.value, typesOnly });
    },
    ExportAllDeclaration: ({ source, exportKind }) => {
      found.push({ name: source.value, typesOnly: exportKind === "type" });
    },
    ImportExpression: ({ source }) => {
      found.push({ name: textOf(source), typesOnly: false });
    },
    TSImportType: ({ source }) => {
      found.push({ name: source.value, typesOnly: true });
    },
  }).visit(program);
  return found;
}

function namesOf(program: ESTree.Program): Pick<Source, "globals" | "reads" | "names"> {
  const globals = new Set<string>();
  const reads = new Set<string>();
  const names = new Set<string>();
  /** Where an identifier only names a member. A parent is visited before its children. */
  const labels = new Set<number>();

  function label(key: Key, computed: boolean): void {
    if (!computed) labels.add(key.start);
  }

  function read(key: Key, computed: boolean): string | null {
    const name = computed ? textOf(key) : nameOf(key);
    if (name === null) return null;
    reads.add(name);
    names.add(name);
    return name;
  }

  new Visitor({
    MemberExpression: ({ object, property, computed }) => {
      label(property, computed);
      const member = read(property, computed);
      if (object.type !== "Identifier") return;
      globals.add(member === null ? object.name : `${object.name}.${member}`);
      names.add(object.name);
      labels.add(object.start);
    },
    ObjectPattern: ({ properties }) => {
      for (const one of properties) {
        if (one.type === "Property") read(one.key, one.computed);
      }
    },
    Property: ({ key, computed, shorthand }) => {
      if (!shorthand) label(key, computed);
    },
    MethodDefinition: ({ key, computed }) => label(key, computed),
    PropertyDefinition: ({ key, computed }) => label(key, computed),
    TSMethodSignature: ({ key, computed }) => label(key, computed),
    TSPropertySignature: ({ key, computed }) => label(key, computed),
    BinaryExpression: ({ left, operator }) => {
      if (operator === "in") read(left, true);
    },
    Identifier: ({ name, start }) => {
      names.add(name);
      if (!labels.has(start)) globals.add(name);
    },
  }).visit(program);
  return { globals, reads, names };
}

/** The name that a key writes down, quoted or not. */
function nameOf(key: Key): string | null {
  return key.type === "Identifier" || key.type === "PrivateIdentifier" ? key.name : textOf(key);
}

/** The text of an expression that is one, in quotes or backticks. */
function textOf(key: Key): string | null {
  if (key.type === "Literal") return typeof key.value === "string" ? key.value : null;
  if (key.type !== "TemplateLiteral" || key.expressions.length > 0) return null;
  return key.quasis[0]?.value.cooked ?? null;
}
