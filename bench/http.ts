import { call, legacyCall, list, sessionOf } from "./http-asked.ts";
import { type Asked, load } from "./http-load.ts";
import { DENIED, type Served, serveOurs, servePeer, UNSTARTABLE } from "./http-served.ts";
import { type Row, spread } from "./measure.ts";

/** Many first: what is measured alone is then as warm as a server that has run for a while. */
const IN_FLIGHT = [16, 1] as const;
const WARM_UP = 200;
/** Taken in turns, so that what else this machine does is shared by all. */
const ROUNDS = 4;
const CALLS_A_ROUND = 500;

/** A request to one server, and what of ours it is compared with. */
export interface Subject {
  readonly served: Served;
  readonly asked: Asked;
}

/** What a subject took in one cell. */
export interface Cell {
  readonly micros: number;
  readonly perSecond: number;
  readonly p50: number;
}

export const NOTHING: Cell = { micros: NaN, perSecond: NaN, p50: NaN };

interface Comparison {
  readonly what: string;
  readonly ours: Subject;
  readonly sdk: Subject;
  readonly aim: string;
}

/** What a call over HTTP costs, against the protocol's library and Node without anything of ours. */
export async function measureHttp(): Promise<readonly Row[]> {
  const [ours, sdk, node, trail] = await Promise.all([
    serveOurs(),
    servePeer("sdk"),
    servePeer("node"),
    servePeer("trail"),
  ]);
  const bearer = { authorization: `Bearer ${ours.key}` };
  const echo = { headers: bearer, expected: '"echo"' };
  const legacy = await sessionOf(ours, bearer);
  const sdkCall = { served: sdk, asked: call(sdk, { name: "echo", ...echo }) };
  const bare = { served: node, asked: call(node, { name: "echo", ...echo }) };
  const unstartable = { name: UNSTARTABLE, headers: bearer, expected: "needs a container engine" };
  const comparisons: readonly Comparison[] = [
    {
      what: "a permitted call, both records; its tool needs a container engine and there is none, so nothing starts",
      ours: { served: ours, asked: call(ours, unstartable) },
      sdk: sdkCall,
      aim: "1.4 times; 0.8 ms",
    },
    {
      what: "a denied call of a visible tool, one record",
      ours: {
        served: ours,
        asked: call(ours, { name: DENIED, headers: bearer, expected: "isError" }),
      },
      sdk: sdkCall,
      aim: "1.4 times; 0.8 ms",
    },
    {
      what: "a list, one record",
      ours: { served: ours, asked: list(ours, { headers: bearer, expected: UNSTARTABLE }) },
      sdk: { served: sdk, asked: list(sdk, echo) },
      aim: "-",
    },
    {
      what: "the permitted call of a legacy client in its session",
      ours: { served: ours, asked: legacyCall(ours, { ...unstartable, headers: legacy }) },
      sdk: { served: sdk, asked: legacyCall(sdk, { name: "echo", ...echo }) },
      aim: "-",
    },
  ];
  try {
    const rows: Row[] = [];
    for (const inFlight of IN_FLIGHT) rows.push(...(await compared(comparisons, bare, inFlight)));
    return [...rows, await durableRow({ ...bare, served: trail })];
  } finally {
    await Promise.all([ours, sdk, node, trail].map(({ stop }) => stop()));
  }
}

async function compared(
  comparisons: readonly Comparison[],
  bare: Subject,
  inFlight: number,
): Promise<readonly Row[]> {
  const subjects = new Set([...comparisons.flatMap(({ ours, sdk }) => [ours, sdk]), bare]);
  const cells = await cellsOf([...subjects], inFlight);
  const cellOf = (subject: Subject): Cell => cells.get(subject) ?? NOTHING;
  const node = cellOf(bare);
  return comparisons.map(({ what, ours, sdk, aim }) => {
    const [mine, theirs] = [cellOf(ours), cellOf(sdk)];
    const added = (mine.p50 - theirs.p50).toFixed(2);
    return [
      `HTTP, ${inFlight} in flight, on a key: ${what}`,
      [
        `${told(mine)}; CPU ${(mine.micros / theirs.micros).toFixed(2)} times the SDK's bare server (${told(theirs)})`,
        `${(mine.micros / node.micros).toFixed(1)} times bare node:http (${told(node)})`,
        `p50 ${mine.p50.toFixed(2)} ms, ${added} ms more than the SDK's`,
      ].join("; "),
      aim,
    ];
  });
}

/** What durability alone costs: records are written one call at a time, so nothing is synced together. */
async function durableRow({ served, asked }: Subject): Promise<Row> {
  const writing = { served, asked: { ...asked, url: served.url } };
  const [cell = NOTHING] = (await cellsOf([writing], 1)).values();
  return [
    "HTTP, 1 in flight: bare node:http that writes two lines as long as records, the first synced",
    `${told(cell)}; p50 ${cell.p50.toFixed(2)} ms`,
    "-",
  ];
}

function told({ micros, perSecond }: Cell): string {
  return `${perSecond.toFixed(0)} calls/s, ${micros.toFixed(0)} us CPU`;
}

/** What each of these takes, measured in turns. */
export async function cellsOf(
  subjects: readonly Subject[],
  inFlight: number,
): Promise<ReadonlyMap<Subject, Cell>> {
  const taken = new Map(
    subjects.map((subject) => [subject, { cpu: 0, ms: 0, took: [0].slice(1) }]),
  );
  for (const { asked } of subjects) await load(asked, { times: WARM_UP, inFlight });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [{ served, asked }, total] of taken) {
      const [before, started] = [await served.cpu(), performance.now()];
      total.took.push(...(await load(asked, { times: CALLS_A_ROUND, inFlight })));
      total.ms += performance.now() - started;
      total.cpu += (await served.cpu()) - before;
    }
  }
  const calls = ROUNDS * CALLS_A_ROUND;
  return new Map(
    [...taken].map(([subject, { cpu, ms, took }]) => [
      subject,
      { micros: cpu / calls, perSecond: (calls / ms) * 1000, p50: spread(took).p50 },
    ]),
  );
}
