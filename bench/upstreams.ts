import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyIn } from "../test/support/keys.ts";
import { call, list } from "./http-asked.ts";
import { ask, load } from "./http-load.ts";
import { type Cell, cellsOf, NOTHING, type Subject } from "./http.ts";
import { serve, type Served, servePeer, serveProxy } from "./http-served.ts";
import { type Row, spread } from "./measure.ts";
import { startOnce } from "./start.ts";
import { benchFolder } from "./world.ts";

const LISTS = 300;
const STARTS = 5;
const DEADLINE_MS = 20_000;
const TEN = Array.from({ length: 10 }, (_, at) => `up${at}`);

/** What calls and lists cost that other MCP servers stand behind. */
export async function measureUpstreams(): Promise<readonly Row[]> {
  const [sdk, many] = await Promise.all([servePeer("sdk"), servePeer("many")]);
  const target = `${sdk.url}/mcp`;
  const [proxy, library] = await Promise.all([serveProxy(target), servePeer("through", target)]);
  try {
    return [...(await calls({ sdk, proxy, library })), await lists(many), await starts(many)];
  } finally {
    await Promise.all([sdk, many, proxy, library].map(({ stop }) => stop()));
  }
}

/** Beside the upstream itself stand a proxy of Node alone, and one of the protocol's library alone. */
async function calls({
  sdk,
  proxy,
  library,
}: Readonly<Record<"sdk" | "proxy" | "library", Served>>): Promise<readonly Row[]> {
  const { ours, bearer } = await gateway({ up: { url: `${sdk.url}/mcp` } }, "up_echo");
  const echo = { name: "echo", headers: {}, expected: '"echo"' };
  const through = {
    served: ours,
    asked: call(ours, { ...echo, name: "up_echo", headers: bearer }),
  };
  const direct = { served: sdk, asked: call(sdk, echo) };
  const proxied = { served: proxy, asked: call(proxy, echo) };
  const bare = { served: library, asked: call(library, echo) };
  try {
    const rows: Row[] = [];
    for (const inFlight of [16, 1]) {
      const cells = await cellsOf([through, direct, proxied, bare], inFlight);
      const cell = (subject: Subject): Cell => cells.get(subject) ?? NOTHING;
      const [mine, its, passed, spoken] = [cell(through), cell(direct), cell(proxied), cell(bare)];
      rows.push([
        `HTTP, ${inFlight} in flight, on a key: a permitted call of an upstream's tool, both records`,
        `${mine.perSecond.toFixed(0)} calls/s, ${mine.micros.toFixed(0)} us CPU, ${(mine.micros / passed.micros).toFixed(2)} times a proxy of node:http (${passed.micros.toFixed(0)} us), ${(mine.micros / spoken.micros).toFixed(2)} times one of the protocol's library (${spoken.micros.toFixed(0)} us); p50 ${mine.p50.toFixed(2)} ms, ${(mine.p50 - its.p50).toFixed(2)} ms more than the upstream itself, which the proxies add ${(passed.p50 - its.p50).toFixed(2)} and ${(spoken.p50 - its.p50).toFixed(2)} ms to`,
        inFlight === 1 ? "3 times; 0.8 ms" : "3 times",
      ]);
    }
    return rows;
  } finally {
    await ours.stop();
  }
}

/** A hundred tools each. */
async function lists(many: Served): Promise<Row> {
  const upstreams = Object.fromEntries(TEN.map((name) => [name, { url: `${many.url}/mcp` }]));
  const { ours, bearer } = await gateway(upstreams, "up9_tool99");
  try {
    const asked = list(ours, { headers: bearer, expected: "up9_tool99" });
    await load(asked, { times: 20, inFlight: 1 });
    const { p50, p99 } = spread(await load(asked, { times: LISTS, inFlight: 1 }));
    return [
      "HTTP: `tools/list` of 1,000 tools from 10 upstreams, one record",
      `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
      "5 ms",
    ];
  } finally {
    await ours.stop();
  }
}

/** From nothing to the first list, while nobody has seen any of them and one never answers. */
async function starts(many: Served): Promise<Row> {
  const hangs = { command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"] };
  const others = TEN.slice(1).map((name) => [name, { url: `${many.url}/mcp` }] as const);
  const mcpServers = { up0: hangs, ...Object.fromEntries(others) };
  const took: number[] = [];
  for (let at = 0; at < STARTS; at += 1) {
    const folder = benchFolder();
    const file = join(folder, `upstreams-${at}.json`);
    writeFileSync(file, JSON.stringify({ state_dir: join(folder, `fresh-${at}`), mcpServers }));
    took.push(await startOnce(file));
  }
  return [
    "start of `mcp serve` to the first decided list, with 10 upstreams that nobody has seen, one of which hangs",
    `p50 ${spread(took).p50.toFixed(0)} ms`,
    "1 s",
  ];
}

/** Our server with these upstreams, as soon as it offers a tool. */
async function gateway(
  mcpServers: object,
  tool: string,
): Promise<{ readonly ours: Served; readonly bearer: Readonly<Record<string, string>> }> {
  const state = join(benchFolder(), `state-${tool}`);
  const key = await keyIn(state);
  const ours = await serve({ state_dir: state, require_auth: true, mcpServers });
  const bearer = { authorization: `Bearer ${key}` };
  const asked = list(ours, { headers: bearer, expected: tool });
  const until = performance.now() + DEADLINE_MS;
  while (
    !(await ask(asked).then(
      () => true,
      () => false,
    ))
  ) {
    if (performance.now() > until) throw new Error(`${tool} is not offered`);
  }
  return { ours, bearer };
}
