// A session's socket without a session. Usage: node engine.mjs DIST SOCKET SECRET. Takes lines: `log N` logs so many
// lines, `rss` prints the bytes this process holds; says `serving` first.
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [dist, socket, secret] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(path.join(dist, file)).href);
const { serveEngine } = await load("system/engine/engine-server.js");
const { receiver } = await load("session/control/requests.js");
const { createEventStream } = await load("session/stream.js");
const { clock } = await load("system/clock.js");

const stream = createEventStream(clock);
const status = { project: "p", root: "/p", namespace: "n", session: null, apps: [], infra: [], pad: "x".repeat(4_000) };
const receive = receiver({
  id: "s1",
  status: () => Promise.resolve(status),
  subscribe: stream.subscribe,
  flushLogs: () => {},
  wait: () => new Promise(() => {}),
});
await serveEngine({ path: socket, secret, receive });
console.log("serving");
let n = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const [what, count] = line.split(" ");
  if (what === "rss") {
    global.gc();
    console.log(`rss ${process.memoryUsage().rss}`);
  }
  if (what === "log") {
    const last = n + Number(count);
    while (n < last) {
      stream.emit({ event: "log", app: "a", stream: "out", line: `${"x".repeat(100)} ${++n}`, n });
      // as an engine does, which reads its apps' output piece by piece
      if (n % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    console.log("logged");
  }
}
process.exit(0);
