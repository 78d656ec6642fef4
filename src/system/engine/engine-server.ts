import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { readFrame } from "../../model/frame.ts";
import { LONGEST_FRAME, MOST_CLIENTS } from "../../model/limits.ts";
import type { Answer, Frame, Report, Request } from "../../model/protocol.ts";
import { unlinkNow } from "../files/files-now.ts";
import { createReception, type Reception } from "./handshake.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";

/** A client of the engine's socket. */
export interface Peer {
  /** Never waits: a client that leaves too many answers unread is dropped. */
  send(message: object): void;
  /** One line that is already JSON: what many peers are sent is encoded once. */
  sendLine(line: string): void;
  /** A line of a log, which a slow reader misses; it is not disconnected for that. */
  sendLog(line: string): void;
  onClosed(listener: () => void): void;
}

export interface EngineServer {
  close(): Promise<void>;
}

export interface EngineSocket {
  path: string;
  /** What a client has to know. */
  secret: string;
  /** Checked in full; requests only of clients that know the secret. */
  receive(message: Request | Report, peer: Peer): void;
}

export type ServeEngine = (socket: EngineSocket) => Promise<EngineServer>;

/** Serves NDJSON on a unix socket that only this user can open. A socket file a dead engine left is replaced. */
export const serveEngine: ServeEngine = ({ path, secret, receive }) =>
  new Promise((resolve, reject) => {
    const open = new Map<Socket, Connection>();
    const server = createServer((socket) => {
      if (open.size >= MOST_CLIENTS && !makeRoom(open)) {
        socket.destroy();
        return;
      }
      const connection = { mailbox: createMailbox(socket), reception: createReception(secret), spoke: false };
      open.set(socket, connection);
      socket.once("close", () => open.delete(socket));
      converse(socket, connection, receive);
    });
    unlinkNow(path);
    server.once("error", reject);
    listenPrivately(server, path, () => resolve({ close: () => closed(server, open) }));
  });

interface Connection {
  mailbox: Mailbox;
  reception: Reception;
  /** It has sent a message that could be parsed. */
  spoke: boolean;
}

/** No other user may open it, not even in the moment before its mode is set. */
function listenPrivately(server: Server, path: string, listening: () => void): void {
  // not stricter: every file created at this moment gets it too, and a folder without x cannot be used
  const before = process.umask(0o077);
  try {
    server.listen({ path, backlog: MOST_CLIENTS }, () => {
      chmodSync(path, 0o600);
      listening();
    });
  } finally {
    process.umask(before);
  }
}

const closed = (server: Server, open: ReadonlyMap<Socket, Connection>): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    for (const [socket, { mailbox }] of open) {
      mailbox.flush();
      socket.destroySoon();
    }
  });

/** Half-open connections must not keep commands out: the one that has been silent longest goes. */
function makeRoom(open: ReadonlyMap<Socket, Connection>): boolean {
  for (const [socket, { spoke }] of open) {
    if (spoke) continue;
    socket.destroy();
    return true;
  }
  return false;
}

function converse(socket: Socket, connection: Connection, receive: EngineSocket["receive"]): void {
  const { mailbox } = connection;
  const peer: Peer = {
    send: (message) => mailbox.add(`${JSON.stringify(message)}\n`),
    sendLine: mailbox.add,
    sendLog: mailbox.addLog,
    onClosed: (listener) => void socket.once("close", listener),
  };
  const refuse = (error: string): void => peer.send({ ok: false, error } satisfies Answer);
  let rest = "";
  const hangUp = (): void => {
    mailbox.flush();
    socket.destroySoon();
  };
  const line = (text: string): void => {
    const read = readFrame(text);
    if (!read.ok) {
      refuse(read.error);
      // a peer that does not send JSON will not start to
      if (!read.isFrame) hangUp();
      return;
    }
    const error = accept(read.frame, connection, peer, receive);
    if (error !== null) refuse(error);
    else connection.spoke = true;
  };
  socket.setEncoding("utf8");
  // a peer that disconnected is nothing to report; close follows
  socket.on("error", () => {});
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) if (socket.writable) line(text);
    if (rest.length <= LONGEST_FRAME) return;
    line(rest);
    rest = "";
  });
}

/** Why it is not taken, or null. */
function accept(frame: Frame, { reception }: Connection, peer: Peer, receive: EngineSocket["receive"]): string | null {
  switch (frame.op) {
    case "hello":
      peer.send(reception.welcome(frame));
      return null;
    case "prove":
      return reception.prove(frame.proof) ? null : "this client does not know the session's secret";
    case "report":
      receive(frame, peer);
      return null;
    default:
      if (!reception.known) return UNKNOWN_CLIENT;
      receive(frame, peer);
      return null;
  }
}

/** A devpm from before the greeting begins with its request. */
const UNKNOWN_CLIENT =
  "this session is run by another version of devpm than this command's: use that one, or end the session with `devpm down` and start it again";
