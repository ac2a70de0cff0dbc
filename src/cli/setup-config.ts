import type { Config } from "../config/types.ts";
import { faultLine } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { agreed } from "./agreed.ts";
import { replaceFile, textIn } from "./kept-file.ts";
import { GONE, type Setup } from "./setup-asking.ts";
import { given, text } from "./typed.ts";
import { EXIT, type Option, type Refused } from "./types.ts";

/** What is answered about the configuration when nobody is asked. */
export const CONTENT: readonly Option[] = [
  { flags: "--require-auth", summary: "every caller must present a credential" },
  { flags: "--without-example", summary: "no example tool, where --yes would write one" },
];

/** A program that needs nothing, so that there is something to call. */
const EXAMPLE = {
  name: "hello",
  description: "Says hello: an example, which may be taken away.",
  type: "shell",
  content: 'echo "hello $name"',
  args: [{ name: "name", default: "world" }],
};

const ONLY_OWNER = 0o600;

/** What became of the file. */
export type Written = "written" | "kept";

/** Writes the configuration; one that is there stays, or is kept beside the new one with `--force`. */
export async function setUpConfig(setup: Setup): Promise<Outcome<Written, Refused>> {
  const { typed, host, place } = setup;
  const there = await textIn(place.path);
  if (!there.ok) return failed(refused(EXIT.configuration, place.path, there.failure));
  const before = there.value;
  if (before !== null && !given(typed, "force")) return kept(setup, before);
  const content = await contentOf(setup);
  if (!content.ok) return content;
  const fresh = textOf(content.value);
  if (fresh === before) return done("kept");
  const replaced = await replaceFile({
    ...{ path: place.path, text: fresh, before, mode: ONLY_OWNER, stamp: setup.stamp },
  });
  if (!replaced.ok) return failed(refused(EXIT.configuration, place.path, replaced.failure));
  host.remark(`${place.path}: written, readable for you alone\n`);
  if (replaced.value !== null) host.remark(`what it was is in ${replaced.value}\n`);
  return done("written");
}

/** Who says what it is to be is not told that it is so when it is not. */
function kept({ typed, host, place }: Setup, before: string): Outcome<Written, Refused> {
  const asked = given(typed, "requireAuth") || given(typed, "withoutExample");
  if (asked && before !== textOf(flagged(typed))) {
    const why = "is there already, and is another; --force replaces it, and keeps a copy";
    return failed(refused(EXIT.no, place.path, why));
  }
  host.remark(`${place.path}: there already, and kept (--force begins anew, with a copy of it)\n`);
  return done("kept");
}

interface Content {
  readonly example: boolean;
  readonly requireAuth: boolean;
  readonly apiKey: string | null;
}

function flagged(typed: Setup["typed"]): Content {
  return {
    example: !given(typed, "withoutExample"),
    requireAuth: given(typed, "requireAuth"),
    apiKey: null,
  };
}

async function contentOf({ typed, terminal }: Setup): Promise<Outcome<Content, Refused>> {
  const said = flagged(typed);
  if (terminal === null) return done(said);
  const example = said.example
    ? await agreed(
        terminal,
        "Offer an example tool, hello, so that there is something to call?",
        "yes",
      )
    : false;
  if (example === null) return GONE;
  const requireAuth = said.requireAuth
    ? true
    : await agreed(terminal, "Must every caller present a credential?", "no");
  if (requireAuth === null) return GONE;
  if (text(typed, "apiKeyFile") !== undefined) return done({ example, requireAuth, apiKey: null });
  const key = await terminal.askHidden(
    "Your API key (not shown, kept in this file; none: Enter): ",
  );
  if (key === null) return GONE;
  return done({ example, requireAuth, apiKey: key.trim() === "" ? null : key.trim() });
}

function textOf({ example, requireAuth, apiKey }: Content): string {
  const content = {
    ...(apiKey === null ? {} : { api_key: apiKey }),
    require_auth: requireAuth,
    ...(example ? { whitelisted_tools: [EXAMPLE] } : {}),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function refused(exit: Refused["exit"], path: string, message: string): Refused {
  return { exit, lines: [`${path}: ${message}`] };
}

/** The configuration as a server reads it, or all that is wrong with it. */
export async function readConfig({ host, place }: Setup): Promise<Outcome<Config, Refused>> {
  const loaded = await host.loadConfig({ config: place.path })();
  if (!loaded.ok) {
    return failed({ exit: EXIT.configuration, lines: loaded.failure.map(faultLine) });
  }
  for (const warning of loaded.value.warnings) host.remark(`warning: ${faultLine(warning)}\n`);
  return done(loaded.value.config);
}
