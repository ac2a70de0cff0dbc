import type { Log } from "../lib/log.ts";
import type { SessionRow, Store } from "../store/types.ts";
import type { Sessions } from "./sessions.ts";
import type { KeepAlive } from "./types.ts";

/** Exact here; in the store at most this much behind, or a tenth of the idle limit: a crash ends a session early, never late. */
const WRITE_MS = 30_000;

/** How far behind the store may be about the last use of a credential. */
const USED_MS = 5 * 60_000;

/** How often sessions that are over are forgotten. */
const FORGET_MS = 60_000;
const MANY = 1_000;

/** A session that was used in this process. */
interface Used {
  readonly usedMs: number;
  readonly writtenMs: number;
  /** It is over when nobody used it for longer. */
  readonly idleMs: number;
  /** How many tools run in it. */
  readonly held: number;
}

/** Keeps sessions alive while they are used. */
export function createKeepAlive(
  store: Pick<Store, "used"> & Pick<Sessions, "refreshSession">,
  log: Log,
): KeepAlive {
  const sessions = new Map<string, Used>();
  /** When the use of a credential was last written. */
  const credentials = new Map<string, number>();
  let forgotMs = 0;

  return {
    used: (credential, nowMs) => {
      if (nowMs - (credentials.get(credential) ?? 0) < USED_MS) return;
      if (credentials.size >= MANY) credentials.clear();
      credentials.set(credential, nowMs);
      void told(store.used(credential, nowMs), credential);
    },
    latest: (row, nowMs) => {
      const used = sessions.get(row.id);
      if (used === undefined) return row;
      const usedMs = used.held > 0 ? nowMs : used.usedMs;
      return { ...row, used_ms: Math.max(row.used_ms, usedMs) };
    },
    accepted: note,
    hold: (session, nowMs) => {
      note(session, nowMs);
      change(session.id, 1);
      return (endMs) => {
        change(session.id, -1);
        note(session, endMs);
      };
    },
  };

  function note({ id, idle_ms }: Pick<SessionRow, "id" | "idle_ms">, nowMs: number): void {
    const { usedMs, writtenMs, held } = usedOf(id);
    const due = nowMs - writtenMs >= Math.min(WRITE_MS, idle_ms / 10);
    sessions.set(id, {
      usedMs: Math.max(usedMs, nowMs),
      writtenMs: due ? nowMs : writtenMs,
      idleMs: idle_ms,
      held,
    });
    if (due) void told(store.refreshSession(id, nowMs), id);
    if (nowMs - forgotMs >= FORGET_MS) forget(nowMs);
  }

  /** Of a session that is over the store knows enough: it is behind, never ahead. */
  function forget(nowMs: number): void {
    forgotMs = nowMs;
    for (const [id, { usedMs, idleMs, held }] of sessions) {
      if (held === 0 && nowMs - usedMs > idleMs) sessions.delete(id);
    }
  }

  /** A use that cannot be kept ends a session early, and lets nobody in. */
  async function told(writing: ReturnType<Sessions["refreshSession"]>, id: string): Promise<void> {
    const written = await writing;
    if (!written.ok) log.error("a use cannot be kept", { id, ...written.failure });
  }

  function change(id: string, by: number): void {
    const used = usedOf(id);
    sessions.set(id, { ...used, held: used.held + by });
  }

  function usedOf(id: string): Used {
    return sessions.get(id) ?? { usedMs: 0, writtenMs: 0, idleMs: 0, held: 0 };
  }
}
