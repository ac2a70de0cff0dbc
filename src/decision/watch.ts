import { dirname, sep } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import type { Fault } from "../lib/fault.ts";

/** What was saved. */
export type Change = "config" | "builtin" | "organisation";

/** Where each is looked for, whether it is there or not; null where nobody asks. */
export type Places = Readonly<Record<Change, string | null>>;

/** Who hears of what happens at the places. */
export interface Listener {
  readonly onChange: (change: Change) => void;
  /** Told why changes may go unnoticed. */
  readonly onBlind: (change: Change, fault: Fault) => void;
}

/** Watchers of all places. */
export interface Watching {
  /** Watches these places from now on, in place of those before. */
  readonly watch: (places: Places) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Watched {
  readonly change: Change;
  readonly path: string;
  readonly watcher: FSWatcher;
}

/** The files of a directory that its policies are made of; editors put others beside them. */
const POLICY = /(?:(?<!_test)\.rego|data\.(?:json|ya?ml)|\.manifest)$/;

const CHANGES: readonly Change[] = ["config", "builtin", "organisation"];

/** Watches nothing until it is told where. */
export function createWatching(listener: Listener): Watching {
  let watched: readonly Watched[] = [];

  return {
    watch: async (places) => {
      const gone = watched.filter(({ change, path }) => places[change] !== path);
      const kept = watched.filter((one) => !gone.includes(one));
      await Promise.all(gone.map(({ watcher }) => watcher.close()));
      const fresh = CHANGES.filter((change) => kept.every((one) => one.change !== change));
      const started = fresh.map(async (change): Promise<readonly Watched[]> => {
        const path = places[change];
        return path === null ? [] : [await start(change, path, listener)];
      });
      watched = [...kept, ...(await Promise.all(started)).flat()];
    },
    close: async () => {
      await Promise.all(watched.map(({ watcher }) => watcher.close()));
    },
  };
}

/**
 * A directory is watched with all that is in it, and through its folder, because another one may take its
 * place; what is not there through the nearest folder that is.
 */
async function start(
  change: Change,
  path: string,
  { onChange, onBlind }: Listener,
): Promise<Watched> {
  const folder = dirname(path);
  const watcher = watch([folder, path], {
    ignoreInitial: true,
    ignored: (name, stats) => {
      if (name === path || name === folder) return false;
      return !name.startsWith(path + sep) || (stats?.isFile() === true && !POLICY.test(name));
    },
  });
  // Folders come and go with their files, and an empty one says nothing.
  for (const event of ["add", "change", "unlink"] as const) {
    watcher.on(event, () => onChange(change));
  }
  watcher.on("error", (thrown) => onBlind(change, blind(path, thrown)));
  // A part that cannot be watched is no reason to wait for the rest.
  await new Promise<void>((resolve) => {
    watcher.once("ready", resolve);
    watcher.once("error", () => resolve());
  });
  return { change, path, watcher };
}

function blind(path: string, thrown: unknown): Fault {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const mend = "let the server's user read all of it, then restart the server";
  return { path, field: "", message: `changes may go unnoticed: ${why}`, mend };
}
