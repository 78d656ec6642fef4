import fs from "node:fs";
import { createServer, Server } from "node:net";

/**
 * PM2's `chmod` of its sockets, patched: it happens at once. PM2 asks Node's thread pool for it, whose four threads are made for
 * that alone, just before the daemon takes the first app, and stay.
 */
export function patchSockets(): void {
  const chmod = (file: fs.PathLike, mode: fs.Mode, done: fs.NoParamCallback): void => {
    try {
      fs.chmodSync(file, mode);
      done(null);
    } catch (error) {
      done(error as NodeJS.ErrnoException);
    }
  };
  fs.chmod = chmod as typeof fs.chmod;
}

/**
 * PM2's socket for calls listens from now on, and PM2 takes it over where it listens there itself, in the same turn of the event
 * loop: until then who connects, and what they ask, waits in the kernel. So the engine asks for the first apps while this process
 * still loads PM2.
 */
export function listenFor(file: string): void {
  const early = createServer();
  // until PM2 has set its mode, no other user may open it
  const before = process.umask(0o077);
  try {
    early.listen(file);
  } finally {
    process.umask(before);
  }
  const { listen } = Server.prototype;
  const takeOver = function (this: Server, ...where: Parameters<typeof listen>): Server {
    if ((where[0] as unknown) !== file) return listen.apply(this, where);
    Server.prototype.listen = listen;
    early.once("listening", () => this.emit("listening"));
    early.on("connection", (socket) => this.emit("connection", socket));
    return this;
  };
  Server.prototype.listen = takeOver as typeof listen;
}
