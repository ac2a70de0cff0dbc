import { resolve } from "node:path";
import type { Config } from "../config/types.ts";
import { isJsonObject, type Json } from "../lib/json.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import { cloudFailure } from "./cloud-failure.ts";
import { asWord } from "./quoted.ts";
import type { Setup } from "./setup-asking.ts";
import { text } from "./typed.ts";
import { EXIT, type Host, type Refused } from "./types.ts";

/** The JSON-RPC errors of a credential that does not hold, and of what cannot be decided now. */
const AUTHENTICATION_FAILED = -32_051;
const NOT_AVAILABLE = -32_054;

/** Why a server that starts does not list its tools, by the error that it answered with, and the way on. */
export async function denied(
  error: Json | undefined,
  config: Config,
  setup: Setup,
): Promise<Refused> {
  const { number, code, message } = readError(error);
  const why = `the server starts, and does not list its tools: ${escapeUnprintable(message)}`;
  if (number === NOT_AVAILABLE) {
    const cloud = code === "credential.unverifiable" ? await cloudLines(config, setup.host) : [];
    const named = `error ${number}${code === null ? "" : ` ${code}`}`;
    const way = "kubiya mcp doctor looks at all of it; then run this again";
    return { exit: EXIT.outside, lines: [`${why} (${named})`, ...cloud, way] };
  }
  if (number === AUTHENTICATION_FAILED && code !== "credential.missing") {
    return { exit: EXIT.no, lines: [why, ...refusedKey(setup)] };
  }
  return {
    exit: EXIT.no,
    lines: [
      why,
      "a key that it knows, in a file that is yours alone, lets its client in:",
      '  umask 077; kubiya auth key create --name "$USER" > ~/.kubiya/key',
      "  kubiya mcp setup --api-key-file ~/.kubiya/key",
    ],
  };
}

/** The key that was presented stands in one of two places, and the way to another one with it. */
function refusedKey({ typed, host, place }: Setup): readonly string[] {
  const file = text(typed, "apiKeyFile");
  if (file !== undefined) {
    const path = resolve(host.cwd, file);
    return [`the key in ${path} is refused: put another one there, then run this again`];
  }
  const named = place.usual ? "" : ` --config ${asWord(place.path)}`;
  return [
    `the api_key of ${place.path} is refused: correct it there, or begin anew with another, which is asked for:`,
    `  kubiya mcp setup --force${named}`,
  ];
}

interface Read {
  readonly number: number | null;
  /** The first reason's. */
  readonly code: string | null;
  readonly message: string;
}

function readError(error: Json | undefined): Read {
  const { code: number, message, data } = isJsonObject(error) ? error : {};
  const code = isJsonObject(data) ? data["code"] : null;
  return {
    number: typeof number === "number" ? number : null,
    code: typeof code === "string" ? escapeUnprintable(code) : null,
    message: typeof message === "string" ? message : "it gave no reason",
  };
}

/** What the cloud itself answers to this machine: the server tells its clients nothing of it. */
async function cloudLines(
  config: Config,
  { lookAtCloud }: Pick<Host, "lookAtCloud">,
): Promise<readonly string[]> {
  const looked = await lookAtCloud(config);
  if (looked === null || looked.ok) return [];
  const [what, mend] = cloudFailure(looked.failure);
  return [`the Kubiya cloud: ${what}`, mend];
}
