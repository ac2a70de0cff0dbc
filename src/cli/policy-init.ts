import { copyFile, mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { POLICY_DIR, policyDir } from "./policy-dir.ts";
import { given } from "./typed.ts";
import { type Command, EXIT, type Host } from "./types.ts";

/** `kubiya policy init` */
export const policyInit: Command = {
  name: "policy init",
  summary: "Write a working policy with its test, and all that plain opa needs.",
  argument: POLICY_DIR,
  options: [{ flags: "--force", summary: "replace files of the same names" }],
  run: async (typed, host) => {
    const dir = await policyDir(typed, host);
    if (!dir.ok) return dir.failure;
    const shipped = await sources(host);
    if (!shipped.ok) {
      host.remark(`${shipped.failure}\n`);
      return EXIT.outside;
    }
    const copies = shipped.value.map(({ from, to }) => ({ from, to: join(dir.value, to) }));
    const taken = given(typed, "force") ? [] : await existing(copies.map(({ to }) => to));
    for (const path of taken) host.remark(`${path}: is there already\n`);
    if (taken.length > 0) {
      host.remark("nothing was written; name another directory, or replace them with --force\n");
      return EXIT.no;
    }
    try {
      for (const { from, to } of copies) {
        await mkdir(dirname(to), { recursive: true });
        await copyFile(from, to);
      }
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      host.remark(`${dir.value}: cannot be written; name another directory (${why})\n`);
      return EXIT.outside;
    }
    const files = copies.map(({ to }) => to);
    if (given(typed, "json")) {
      host.answer(`${JSON.stringify({ dir: dir.value, files }, null, 2)}\n`);
    } else {
      host.remark(`${dir.value}: a working policy; README.md there says how to go on\n`);
    }
    return EXIT.yes;
  },
};

interface Copy {
  readonly from: string;
  /** Relative to the directory. */
  readonly to: string;
}

/** What the package ships for authors; the failure says what of it cannot be read. */
async function sources({ packageRoot }: Host): Promise<Outcome<readonly Copy[], string>> {
  const capabilities = join(packageRoot, "policies", "capabilities.organisation.json");
  try {
    const template = await filesIn(join(packageRoot, "templates", "policy"));
    const schemas = await filesIn(join(packageRoot, "policies", "schemas"));
    return done([
      ...template,
      ...schemas.map(({ from, to }) => ({ from, to: join("schemas", to) })),
      { from: capabilities, to: "capabilities.json" },
    ]);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return failed(`${packageRoot}: its templates cannot be read; install it again (${why})`);
  }
}

async function filesIn(folder: string): Promise<readonly Copy[]> {
  const names = (await readdir(folder, { recursive: true })).toSorted();
  const entries = await Promise.all(
    names.map(async (to) => ({ from: join(folder, to), to, found: await stat(join(folder, to)) })),
  );
  return entries.filter(({ found }) => found.isFile()).map(({ from, to }) => ({ from, to }));
}

async function existing(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, at) => found[at] === true);
}
