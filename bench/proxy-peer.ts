// What a gateway is compared with: a proxy of Node's own server and client that passes on what it is sent, to the
// address that it is given. It asks nobody and records nothing.

import { Agent, createServer, request as ask } from "node:http";

const target = new URL(process.argv[2] ?? "");
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const server = createServer((incoming, outgoing) => {
  const { method, headers } = incoming;
  const passed = ask(target, { agent, method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on("error", () => outgoing.destroy());
  incoming.pipe(passed);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  process.stderr.write(`listening on http://127.0.0.1:${port}\n`);
});
