import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { LONGEST_PAGE_BODY, MOST_PAGE_CONNECTIONS, MOST_PAGE_STREAMS } from "../model/limits.ts";
import { isUnsafePort } from "../model/unsafe-ports.ts";
import type { Peer } from "./engine/engine-server.ts";
import { createMailbox } from "./engine/mailbox.ts";
import { rowsOf } from "./ports/linux.ts";
import { readTable } from "./ports/linux-tables.ts";

/** A request to the page; nothing in it is trusted yet. */
export interface PageRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  header(name: string): string | undefined;
  /** The uid of the process at the other end; null where the kernel does not report it. */
  uid(): number | null;
  /** The whole body; null: longer than the limit. It is read when it is called for. */
  body(): Promise<string | null>;
  /** The same as it came, of at most so many bytes. */
  bytes(most: number): Promise<Uint8Array | null>;
  /** Aborted when the browser is gone. */
  gone: AbortSignal;
}

export interface PageReply {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** The request was let in: its connection is not closed to make room. */
  admitted: boolean;
  /** Instead of the body: server-sent events, until either side closes. */
  stream?: (peer: Peer) => void;
}

export interface PageServer {
  port: number;
  /** It no longer keeps the process alive. */
  unref(): void;
  /** Sends what is queued, then closes every connection. */
  close(): Promise<void>;
}

/** `handle` never rejects: what it answers is sent as it is. */
export type ServePage = (handle: (request: PageRequest) => Promise<PageReply>) => Promise<PageServer>;

/** One loopback address: it is part of the page's origin. */
const ADDRESS = "127.0.0.1";
const HEADERS_MS = 5_000;
const REQUEST_MS = 15_000;
const LONGEST_HEAD = 16 * 1024;

/** HTTP on a free port of the loopback interface, bounded; `handle` decides what is answered. */
export const servePage: ServePage = (handle) =>
  new Promise((resolve, reject) => {
    const open = new Map<Socket, { admitted: boolean }>();
    const streams = new Set<() => void>();
    const server = createServer(
      {
        maxHeaderSize: LONGEST_HEAD,
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: HEADERS_MS,
        connectionsCheckingInterval: HEADERS_MS,
      },
      (request, response) => void answer(handle, request, response, { open, streams }),
    );
    server.on("connection", (socket: Socket) => {
      if (open.size >= MOST_PAGE_CONNECTIONS && !makeRoom(open)) return void socket.destroy();
      open.set(socket, { admitted: false });
      socket.once("close", () => open.delete(socket));
    });
    server.once("error", reject);
    server.listen({ host: ADDRESS, port: 0 }, () => {
      const { port } = server.address() as AddressInfo;
      const opened = { port, unref: () => void server.unref(), close: () => closed(server, streams, open) };
      // held meanwhile, so that the kernel chooses another
      resolve(isUnsafePort(port) ? servePage(handle).finally(opened.close) : opened);
    });
  });

interface Bookkeeping {
  open: Map<Socket, { admitted: boolean }>;
  /** Each ends one event stream. */
  streams: Set<() => void>;
}

function makeRoom(open: Bookkeeping["open"]): boolean {
  for (const [socket, { admitted }] of open) {
    if (admitted) continue;
    socket.destroy();
    open.delete(socket);
    return true;
  }
  return false;
}

const closed = (server: Server, streams: Bookkeeping["streams"], open: Bookkeeping["open"]): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    for (const end of streams) end();
    server.closeIdleConnections();
    for (const socket of open.keys()) socket.destroySoon();
  });

async function answer(
  handle: (request: PageRequest) => Promise<PageReply>,
  request: IncomingMessage,
  response: ServerResponse,
  { open, streams }: Bookkeeping,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.on("error", () => {});
  const reply = await handle(asked(request, gone.signal));
  if (response.destroyed) return;
  const state = open.get(request.socket);
  if (state && reply.admitted) state.admitted = true;
  if (reply.stream && streams.size < MOST_PAGE_STREAMS) {
    response.writeHead(200, { ...reply.headers, "content-type": "text/event-stream" });
    response.flushHeaders();
    const { peer, end } = streamOver(response);
    streams.add(end);
    response.once("close", () => streams.delete(end));
    reply.stream(peer);
    return;
  }
  const { status, body } = reply.stream ? { status: 503, body: "too many pages are open" } : reply;
  // a body that was not read is not waited for: the connection ends with the answer
  const unread = !request.complete ? { connection: "close" } : {};
  response.writeHead(status, { ...reply.headers, ...unread, "content-length": String(Buffer.byteLength(body)) });
  response.end(body, () => request.complete || request.socket.destroySoon());
}

function asked(request: IncomingMessage, gone: AbortSignal): PageRequest {
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const { socket } = request;
  return {
    method: request.method ?? "",
    path,
    query: new URLSearchParams(query),
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    uid: () => uidOf(socket),
    body: async () => (await bodyOf(request, LONGEST_PAGE_BODY))?.toString() ?? null,
    bytes: (most) => bodyOf(request, most),
    gone,
  };
}

function bodyOf(request: IncomingMessage, most: number): Promise<Buffer | null> {
  if (Number(request.headers["content-length"] ?? 0) > most) return Promise.resolve(null);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= most) return chunks.push(chunk);
      request.pause();
      return resolve(null);
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("close", () => resolve(null));
  });
}

/** Server-sent events: each line of JSON is one. */
function streamOver(response: ServerResponse): { peer: Peer; end: () => void } {
  const mailbox = createMailbox(response, (line) => `data: ${line}\n`);
  return {
    peer: {
      send: (message) => mailbox.add(`${JSON.stringify(message)}\n`),
      sendLine: mailbox.add,
      sendLog: mailbox.addLog,
      onClosed: (listener) => void response.once("close", listener),
    },
    end: () => {
      mailbox.flush();
      response.end();
    },
  };
}

/** The kernel lists the browser's end of the connection with its owner (Linux). */
function uidOf({ remotePort, localPort }: Socket): number | null {
  if (process.platform !== "linux" || remotePort === undefined || localPort === undefined) return null;
  const ours = `:${localPort.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const [file, family] of [
    ["/proc/net/tcp", 4],
    ["/proc/net/tcp6", 6],
  ] as const) {
    const found = rowsOf(readTable(file), remotePort, family).find(({ remote }) => remote.endsWith(ours));
    if (found) return found.uid;
  }
  return null;
}
