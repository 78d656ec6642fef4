import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";

/** One who talks to the engine over its socket. */
export interface Peer {
  /** Never waits: a reader that is slow is kept in memory, one that is gone is forgotten. */
  send(message: object): void;
  /** One line that is already JSON: what many peers are sent is encoded once. */
  sendLine(line: string): void;
  onClosed(listener: () => void): void;
}

export interface EngineServer {
  close(): Promise<void>;
}

export type ServeEngine = (path: string, receive: (message: unknown, peer: Peer) => void) => Promise<EngineServer>;

/** A request is a line of a few hundred bytes; what is longer is no request. */
const LONGEST_REQUEST = 1_000_000;

/** Serves NDJSON on a unix socket that only this user can open. A socket file a dead engine left is replaced. */
export const serveEngine: ServeEngine = (path, receive) =>
  new Promise((resolve, reject) => {
    const open = new Map<Socket, Mailbox>();
    const server = createServer((socket) => {
      const mailbox = createMailbox(socket);
      open.set(socket, mailbox);
      socket.once("close", () => open.delete(socket));
      converse(socket, mailbox, receive);
    });
    rmSync(path, { force: true });
    server.once("error", reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve({
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const [socket, mailbox] of open) {
              mailbox.flush();
              socket.destroySoon();
            }
          }),
      });
    });
  });

interface Mailbox {
  add(line: string): void;
  flush(): void;
}

/** One write a tick: a write for each line of a busy log costs the engine more than everything else it does with it. */
function createMailbox(socket: Socket): Mailbox {
  let pending = "";
  let scheduled = false;
  const flush = (): void => {
    scheduled = false;
    const text = pending;
    pending = "";
    // as bytes: a string that was put together of many waits as thousands of objects for the garbage collector
    if (text !== "" && socket.writable) socket.write(Buffer.from(text));
  };
  return {
    flush,
    add(line) {
      pending += line;
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
  };
}

function converse(socket: Socket, mailbox: Mailbox, receive: (message: unknown, peer: Peer) => void): void {
  const peer: Peer = {
    send: (message) => peer.sendLine(`${JSON.stringify(message)}\n`),
    sendLine: (line) => mailbox.add(line),
    onClosed: (listener) => void socket.once("close", listener),
  };
  let rest = "";
  socket.setEncoding("utf8");
  // a peer that went away is nothing to report; close follows
  socket.on("error", () => {});
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_REQUEST) socket.destroy();
    for (const line of lines) {
      const message = parsed(line);
      if (message !== null) receive(message, peer);
    }
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}
