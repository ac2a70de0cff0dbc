import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { ClientFile } from "../config/types.ts";
import { isObject } from "../lib/json.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import { agreed } from "./agreed.ts";
import type { Edited, Entry } from "./client-entry.ts";
import { difference } from "./difference.ts";
import { replaceFile, textIn } from "./kept-file.ts";
import { GONE, type Setup } from "./setup-asking.ts";
import type { Start } from "./setup-try.ts";
import { texts } from "./typed.ts";
import type { Option, Refused } from "./types.ts";

const CLIENTS: readonly ClientFile["client"][] = [
  "claude-desktop",
  "cursor",
  "vs-code",
  "claude-code",
];

/** Which clients are meant. */
export const CLIENT: Option = {
  flags: "--client <client>",
  summary: "a client to add this server to; left out: those whose file is there; none: nobody's",
  choices: [...CLIENTS, "none"],
  repeats: true,
};

const NAME = "kubiya";

/** What became of a client's file. */
export interface Told {
  readonly client: ClientFile["client"];
  readonly path: string;
  readonly is: "changed" | "same" | "left" | "refused";
  /** What it was before; null where there was nothing, or nothing changed. */
  readonly copy: string | null;
}

/** Adds this server to the files of clients, each with the consent of whoever can be asked. */
export async function setUpClients(
  setup: Setup,
  start: Start,
): Promise<Outcome<readonly Told[], Refused>> {
  const named = texts(setup.typed, "client");
  const told: Told[] = [];
  for (const file of setup.host.clientFiles) {
    if (named !== undefined && !named.includes(file.client)) continue;
    const one = await setUpClient({ setup, file, start, named: named !== undefined });
    if (!one.ok) return one;
    if (one.value !== null) told.push(one.value);
  }
  return done(told);
}

interface Client {
  readonly setup: Setup;
  readonly file: ClientFile;
  readonly start: Start;
  /** Whether somebody named it: then its file is made where it has a folder. */
  readonly named: boolean;
}

/** Null where it was not named and is not here. */
async function setUpClient(client: Client): Promise<Outcome<Told | null, Refused>> {
  const { setup, file, start, named } = client;
  const there = await textIn(file.path);
  if (!there.ok) return done(refuse(client, there.failure));
  const before = there.value;
  if (before === null && !named) return done(null);
  if (before === null && !(await isFolder(dirname(file.path)))) {
    return done(refuse(client, `${file.title} is not here: it has no folder of this name`));
  }
  const entry = { ...(file.saysType ? { type: "stdio" } : {}), ...start };
  const { editEntry } = await import("./client-entry.ts");
  const edited = editEntry(before ?? "", [file.servers, NAME], entry);
  if (!edited.ok) {
    const { line, message, mend } = edited.failure;
    return done(refuse(client, `${message} (${mend})`, line));
  }
  if (hasBothKeys(edited.value.after)) {
    const mend = "take it out of the env there, or leave --api-key-file out";
    return done(refuse(client, `KUBIYA_API_KEY is there as well; ${mend}`));
  }
  if (edited.value.text === null) {
    setup.host.remark(`${file.title}: ${file.path} has this server already\n`);
    return done(tell(file, "same"));
  }
  const consents = await consentOf(client, edited.value);
  if (consents === null) return GONE;
  if (!consents) return done(tell(file, "left"));
  const replaced = await replaceFile({
    ...{ path: file.path, text: edited.value.text, before, mode: null, stamp: setup.stamp },
  });
  if (!replaced.ok) return done(refuse(client, replaced.failure));
  const copy = replaced.value;
  setup.host.remark(copy === null ? "written\n" : `written; what it was is in ${copy}\n`);
  return done({ ...tell(file, "changed"), copy });
}

/** Of two ways to a key a server takes none. Which of them is meant, and whether the key stands elsewhere, only a person knows. */
function hasBothKeys({ env }: Entry): boolean {
  return isObject(env) && "KUBIYA_API_KEY" in env && "KUBIYA_API_KEY_FILE" in env;
}

async function consentOf(
  { setup: { host, terminal }, file }: Client,
  { before, after }: Edited,
): Promise<boolean | null> {
  host.remark(`${file.title}: ${file.path}, ${file.servers}.${NAME}\n${difference(before, after)}`);
  return terminal === null ? true : agreed(terminal, `Write this for ${file.title}?`, "yes");
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function refuse({ setup, file }: Client, why: string, line: number | null = null): Told {
  setup.host.remark(`${file.path}${line === null ? "" : `:${line}`}: ${why}\n`);
  return tell(file, "refused");
}

function tell({ client, path }: ClientFile, is: Told["is"]): Told {
  return { client, path, is, copy: null };
}
