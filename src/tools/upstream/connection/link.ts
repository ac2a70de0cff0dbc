// On the trust boundary: holds the connection to one upstream. It is made when it is needed, made again with
// growing waits when it fails, and what comes of it is read within limits; nobody else waits for it.

import { digestOf } from "../../../lib/digest.ts";
import type { JsonObject } from "../../../lib/json.ts";
import { done, failed, type Outcome } from "../../../lib/outcome.ts";
import { hiddenObject } from "../../hide.ts";
import type { UpstreamFailure } from "../failure.ts";
import type { Presented, UpstreamState } from "../types.ts";
import { createAnnounced, type ReadAgain } from "./announced.ts";
import { createBackOff } from "./back-off.ts";
import type { Connection } from "./connection.ts";
import { readListing } from "./listing.ts";
import type { UpstreamParts } from "./parts.ts";
import { isClosed, isLost, isSessionGone, whyNot } from "./told.ts";

/** A connection that was made, and since when. */
export interface Held {
  readonly connection: Connection;
  readonly sinceMs: number;
}

type Reached = Outcome<Held, UpstreamFailure>;

/** The link to an upstream, whether there is a connection now or not. */
export interface Link {
  readonly presented: () => Presented | null;
  readonly state: () => UpstreamState;
  /**
   * A connection: the one that there is, the one that is being made, or a new one. What it has was read since it
   * announced a change, and not too long ago; there is none while that may not be read yet, or cannot.
   */
  readonly reach: () => Promise<Reached> | Reached;
  /** The connection that there is, whatever is known of what it has now; null where there is none. */
  readonly held: () => Held | null;
  /** Whether this is the connection that counts now. */
  readonly isHeld: (held: Held) => boolean;
  /** Notes that it did what it should. */
  readonly ran: () => void;
  /** Gives up a connection over which this was thrown, where nothing more can come over it. */
  readonly giveUp: (held: Held, thrown: unknown) => Promise<void>;
  readonly close: () => Promise<void>;
}

const UNREAD = "what it has now has to be read first, and it is not time for that yet";

type Now =
  | { readonly state: "idle" | "closed" }
  | { readonly state: "starting"; readonly attempt: Promise<Reached> }
  | { readonly state: "ready"; readonly held: Held }
  | { readonly state: "failed"; readonly detail: string; readonly retryAtMs: number };

/** A link over which nothing was asked yet. */
export function createLink(parts: UpstreamParts): Link {
  const { name, eager, limits, hide, log, stopwatch, onChange, after } = parts;
  const { firstRetryMs: firstMs, lastRetryMs: lastMs, steadyMs } = limits;
  const backOff = createBackOff({ firstMs, lastMs, steadyMs }, parts.random);
  let now: Now = { state: "idle" };
  let presented: Presented | null = null;
  /** What was said last to be left out. */
  let told = "";
  let cancelRetry = (): void => {};
  const closing = new AbortController();
  const announced = createAnnounced({ limits, stopwatch, after, onDue });
  const ran = backOff.ran;
  const held = (): Held | null => (now.state === "ready" ? now.held : null);
  return { presented: () => presented, state: stateOf, reach, held, isHeld, ran, giveUp, close };

  function stateOf(): UpstreamState {
    switch (now.state) {
      case "idle":
      case "closed":
        return { state: "idle" };
      case "starting":
      case "ready":
        return { state: now.state };
      case "failed":
        return now;
    }
  }

  function reach(): Promise<Reached> | Reached {
    switch (now.state) {
      case "ready":
        return announced.isKnown() ? done(now.held) : catchUp(now.held);
      case "starting":
        return now.attempt;
      case "closed":
        return unreachable(
          "it was closed, because the configuration changed or the server ends",
          0,
        );
      case "failed": {
        const retryInMs = now.retryAtMs - stopwatch();
        return retryInMs > 0 ? unreachable(now.detail, retryInMs) : begin();
      }
      case "idle":
        return begin();
    }
  }

  function begin(): Promise<Reached> {
    cancelRetry();
    const attempt = open();
    now = { state: "starting", attempt };
    return attempt;
  }

  async function open(): Promise<Reached> {
    let connection: Connection | null = null;
    try {
      const made = await parts.connect(announced.note, closing.signal);
      connection = made;
      await announced.first(() => list(made));
    } catch (thrown) {
      await connection?.close();
      const ended = connection !== null && isClosed(thrown) ? `it ${await connection.ended}` : null;
      return fail(hide.inWhole(ended ?? whyNot(thrown)), 0);
    }
    const held = { connection, sinceMs: stopwatch() };
    if (now.state === "closed") {
      await connection.close();
      return unreachable("it was closed", 0);
    }
    now = { state: "ready", held };
    log.info("an upstream is ready", { upstream: name, tools: presented?.tools.length ?? 0 });
    void follow(held);
    return done(held);
  }

  /** For how long what was read may be relied on. */
  async function list({ client }: Connection): Promise<number> {
    const signal = AbortSignal.any([AbortSignal.timeout(limits.connectMs), closing.signal]);
    const { presented: read, leftOut, ageMs } = await readListing(client, limits, signal);
    const left = leftOut.join(", ");
    if (left !== "" && left !== told) {
      log.warn("an upstream lists what is of no use, which is left out", {
        upstream: name,
        left_out: left,
      });
    }
    told = left;
    const shown = withoutSecrets(read);
    if (presented === null || digestOf(presented) !== digestOf(shown)) {
      presented = shown;
      onChange();
    }
    return ageMs;
  }

  function onDue(): void {
    if (now.state === "ready") void readAgain(now.held);
  }

  /** What it has now is read first, where it is time for that. */
  async function catchUp(held: Held): Promise<Reached> {
    const restMs = announced.restMs();
    if (restMs > 0) return unreachable(UNREAD, restMs);
    const read = await readAgain(held);
    return read.ok || !isHeld(held) ? reach() : unreachable(read.failure, announced.restMs());
  }

  function readAgain(held: Held): ReturnType<ReadAgain> {
    return announced.read(async () => {
      try {
        return done(await list(held.connection));
      } catch (thrown) {
        const why = hide.inWhole(whyNot(thrown));
        log.warn("what an upstream has now cannot be read: nothing is asked of it until then", {
          upstream: name,
          why,
        });
        await giveUp(held, thrown);
        return failed(why);
      }
    });
  }

  async function follow(held: Held): Promise<void> {
    const how = await held.connection.ended;
    if (isHeld(held)) fail(`it ${hide.inWhole(how)}`, stopwatch() - held.sinceMs);
  }

  /** Notes that it failed, after it had run for so long; tries again by itself where somebody waits for it. */
  function fail(detail: string, ranMs: number): Outcome<never, UpstreamFailure> {
    if (now.state === "closed") return unreachable(detail, 0);
    const retryInMs = backOff.waitAfter(ranMs);
    now = { state: "failed", detail, retryAtMs: stopwatch() + retryInMs };
    log.warn("an upstream cannot be used", { upstream: name, detail, retry_in_ms: retryInMs });
    if (eager || presented === null) cancelRetry = after(retryInMs, () => void begin());
    return unreachable(detail, retryInMs);
  }

  function unreachable(detail: string, retryInMs: number): Outcome<never, UpstreamFailure> {
    return failed({ reason: "upstream_unreachable", upstream: name, detail, retryInMs });
  }

  function isHeld(held: Held): boolean {
    return now.state === "ready" && now.held === held;
  }

  async function giveUp(held: Held, thrown: unknown): Promise<void> {
    const wasHeld = isHeld(held);
    if (isSessionGone(thrown)) {
      if (wasHeld) now = { state: "idle" };
    } else if (isLost(thrown) && wasHeld) {
      fail(hide.inWhole(whyNot(thrown)), stopwatch() - held.sinceMs);
    } else return;
    await held.connection.close();
  }

  function withoutSecrets(read: Presented): Presented {
    const each = (items: readonly JsonObject[]) => items.map((item) => hiddenObject(item, hide));
    const { tools, resources, templates, prompts, offers } = read;
    return {
      tools: each(tools),
      resources: each(resources),
      templates: each(templates),
      prompts: each(prompts),
      offers,
    };
  }

  async function close(): Promise<void> {
    const before = now;
    now = { state: "closed" };
    cancelRetry();
    announced.stop();
    closing.abort();
    if (before.state === "ready") await before.held.connection.close();
    if (before.state === "starting") await before.attempt;
  }
}
