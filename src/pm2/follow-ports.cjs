// Loaded by node before the programs of a worktree's front ends and Node servers: a connection to a port of the configuration goes to
// what that port is in this worktree, and a server that has its own port written into its code listens on the one it was
// given. So a proxy target follows wherever it is written: a literal, a function, a router, another tool's file.
const http = require("node:http");
const net = require("node:net");

const pairs = (text = "") =>
  new Map(text.split(",").flatMap((pair) => (/^\d+:\d+$/.test(pair) ? [pair.split(":").map(Number)] : [])));
const connections = pairs(process.env.DEVPM_MOVED_PORTS);
const listeners = pairs(process.env.DEVPM_OWN_PORTS);

const LOCAL = /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d+){3}|0\.0\.0\.0|::1?|::ffff:127(?:\.\d+){3})$/i;

/** The same arguments with another port; node's own callers pass one array that is marked as normalized. */
function moved(args, ports, isHost) {
  const [first, ...rest] = args;
  if (Array.isArray(first)) {
    const [options] = first;
    if (options && typeof options === "object") first[0] = withPort(options, ports, isHost);
    return args;
  }
  if (first !== null && typeof first === "object") return [withPort(first, ports, isHost), ...rest];
  const to = ports.get(Number(first));
  const host = typeof rest[0] === "string" ? rest[0] : undefined;
  return to !== undefined && isHost(host) ? [to, ...rest] : args;
}

function withPort(options, ports, isHost) {
  const to = options.path ? undefined : ports.get(Number(options.port));
  if (to === undefined || !isHost(options.host)) return options;
  const copy = Object.create(Object.getPrototypeOf(options), Object.getOwnPropertyDescriptors(options));
  copy.port = to;
  return copy;
}

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  return connect.apply(
    this,
    moved(args, connections, (host) => host === undefined || host === null || LOCAL.test(host)),
  );
};

/*
 * A port of its own for Vite's hot updates (`server.hmr.port`) is no app's, so any free one will do, and the only one who has to know
 * it is Vite's client in the page. `clientPort` may be the app's own.
 */
const freed = new Set((process.env.DEVPM_HMR_PORTS ?? "").split(",").filter(Boolean).map(Number));
const clients = new Map([...connections, ...listeners]);
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (...args) {
  const now = moved(args, listeners, () => true);
  if (freed.size === 0) return listen.apply(this, now);
  const first = Array.isArray(now[0]) ? now[0][0] : now[0];
  const port = Number(first !== null && typeof first === "object" ? first.port : first);
  if (!freed.has(port)) return listen.apply(this, now);
  this.once("listening", () => clients.set(port, this.address().port));
  return listen.apply(
    this,
    moved(now, new Map([[port, 0]]), () => true),
  );
};

if (process.env.DEVPM_HMR === "1") {
  const { end } = http.ServerResponse.prototype;
  http.ServerResponse.prototype.end = function (chunk, ...rest) {
    if (typeof chunk !== "string" || this.headersSent || !/@vite\/client(?:$|\?)/.test(this.req?.url ?? ""))
      return end.call(this, chunk, ...rest);
    this.removeHeader("content-length");
    // after the next start it has another port, and a page that asks with Vite's etag would keep this one
    this.removeHeader("etag");
    this.setHeader("cache-control", "no-store");
    return end.call(
      this,
      chunk.replace(/(\bhmrPort = )(\d+)/, (all, before, port) => `${before}${clients.get(Number(port)) ?? port}`),
      ...rest,
    );
  };
}
