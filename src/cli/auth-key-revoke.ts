import { revoking } from "./auth-revoke.ts";
import type { Command } from "./types.ts";

/** `kubiya auth key revoke` */
export const authKeyRevoke: Command = revoking(
  "key",
  "End an API key now, its tokens and all their sessions with it.",
);
