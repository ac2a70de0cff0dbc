import { revoking } from "./auth-revoke.ts";
import type { Command } from "./types.ts";

/** `kubiya auth token revoke` */
export const authTokenRevoke: Command = revoking(
  "token",
  "End a temporary token now, and its sessions with it.",
);
