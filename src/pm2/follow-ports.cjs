// Loaded by node before the programs of a worktree's front ends and Node servers: a connection to a port of the configuration goes to
// what that port is in this worktree, and a server that has its own port written into its code listens on the one it was
// given. So a proxy target follows wherever it is written: a literal, a function, a router, another tool's file.
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

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (...args) {
  return listen.apply(
    this,
    moved(args, listeners, () => true),
  );
};
