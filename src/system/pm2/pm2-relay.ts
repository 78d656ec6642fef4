import { connect, type Socket } from "node:net";
import { createRelayParser, type RelayFrame } from "../../model/relay.ts";
import { afterReading } from "../reading.ts";

/** What is read from PM2's daemon. */
export interface Pm2Reader {
  /**
   * Where it returns a promise, nothing more is read until that is fulfilled. Meanwhile what the daemon has not sent
   * yet stays in the apps' pipes, and once they are full, the apps wait.
   */
  output(output: Pm2Output): Promise<unknown> | null;
  event(event: Pm2Event): void;
  /** The watcher saw a change: `path` as PM2 prints it. */
  saved(change: { app: string; path: string }): void;
}

export interface Pm2Output {
  app: string;
  /** PM2's number of the process: an app may have several. */
  id: number;
  stream: "out" | "err";
  /** Valid only during the call. */
  bytes: Buffer;
}

export interface Pm2Event {
  app: string;
  id: number;
  event: "start" | "online" | "exit" | "restart" | "stop" | "delete" | "restart overlimit" | (string & {});
  status: string;
  /** null: it has not ended, or by a signal. */
  exitCode: number | null;
  signal: string | null;
  /** As in Pm2Process: the process of the app that this is about. */
  startedAt: number;
}

/** The engine's end of the socket on which PM2's daemon relays output and events. */
export interface RelayStream {
  read(reader: Pm2Reader): void;
  close(): Promise<void>;
}

/** What is read at once. After a full one other work has its turn: an app that never stops must not have all the time. */
const BLOCK = 256 * 1024;

/** Where this long nothing more of a daemon that is gone has come, its last words are read. */
const LAST_WORDS_MS = 500;

export function readRelay(file: string): Promise<RelayStream> {
  let parse: ((bytes: Buffer) => Promise<unknown> | null) | null = null;
  const taken = (length: number, block: Uint8Array): boolean => {
    const wait = parse?.(Buffer.from(block.buffer, block.byteOffset, length));
    const next = wait ?? (length === BLOCK ? turn() : null);
    void next?.then(() => socket.resume());
    return next === null;
  };
  const socket: Socket = connect({ path: file, onread: { buffer: Buffer.allocUnsafeSlow(BLOCK), callback: taken } });
  const ended = new Promise<void>((resolve) => void socket.once("close", resolve));
  const stream: RelayStream = {
    read(reader) {
      parse = parserFor(reader);
      socket.resume();
    },
    async close() {
      // it is paused until it is read, and nobody will
      if (parse === null) socket.destroy();
      let timer: NodeJS.Timeout | undefined;
      const look = (before: number): void => {
        const leave = (): void => (socket.bytesRead > before ? look(socket.bytesRead) : void socket.destroy());
        timer = setTimeout(() => afterReading(leave), LAST_WORDS_MS);
      };
      look(socket.bytesRead);
      await ended;
      clearTimeout(timer);
    },
  };
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      // a daemon that is killed may reset the connection; close follows
      socket.off("error", reject).on("error", () => {});
      socket.pause();
      resolve(stream);
    });
  });
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Returns what the reader wants to wait for. */
function parserFor(reader: Pm2Reader): (bytes: Buffer) => Promise<unknown> | null {
  let wait: Promise<unknown> | null = null;
  const parse = createRelayParser({
    output: ({ kind, id, app }, bytes) => {
      wait = reader.output({ app, id, stream: kind === "out" ? "out" : "err", bytes }) ?? wait;
    },
    message(frame, text) {
      if (frame.kind === "event") reader.event(eventOf(frame, text));
      else saved(reader, text);
    },
  });
  return (bytes) => {
    wait = null;
    parse(bytes);
    return wait;
  };
}

const eventOf = ({ app, id }: RelayFrame, text: string): Pm2Event => ({
  app,
  id,
  ...(JSON.parse(text) as Omit<Pm2Event, "app" | "id">),
});

function saved(reader: Pm2Reader, text: string): void {
  const seen = /^Change detected on path (.*) for app (.*) - restarting\n?$/.exec(text);
  if (seen) reader.saved({ path: seen[1]!, app: seen[2]! });
}
