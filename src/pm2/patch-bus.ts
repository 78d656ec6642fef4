import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { MOST_UNREAD, MOST_UNREAD_OUTPUT } from "../model/limits.ts";
import { relayHead, type RelayFrame } from "../model/relay.ts";

/**
 * PM2's bus, patched: its publisher keeps everything in memory that its reader has not taken yet, and encodes output twice.
 * Output and events go over a socket of their own instead, in one order, and the output of apps is left unread
 * while the socket is full: the kernel then makes the app wait, as for any pipe.
 */
export function patchBus(bus: Bus, relay: Relay, processes: KnownProcesses): void {
  const emit = bus.emit.bind(bus);
  bus.emit = (event, packet) => {
    switch (event) {
      // of an app whose output PM2 dates or converts, and of its clusters; of others PM2 sees none
      case "log:out":
      case "log:err":
        relay.unheld(frameOf(event === "log:out" ? "out" : "err", packet), Buffer.from(String(packet.data)));
        return true;
      case "log:PM2": {
        const text = String(packet.data);
        if (text.startsWith("Change detected")) relay.message(frameOf("save", packet), text);
        return emit(event, packet);
      }
      case "process:event":
        relay.message(frameOf("event", packet), eventOf(packet, processes));
        return emit(event, packet);
      default:
        return emit(event, packet);
    }
  };
}

const frameOf = (kind: RelayFrame["kind"], { process }: Packet): RelayFrame => ({
  kind,
  id: process?.pm_id ?? 0,
  app: process?.name ?? "",
});

/** The part of PM2's bus that is used here. */
export interface Bus {
  emit(event: string, packet: Packet): boolean;
}

interface Packet {
  event?: string;
  data?: unknown;
  process?: { pm_id: number; name: string; status?: string; exit_code?: number; pm_uptime?: number };
}

/** PM2's own, by id: Node's child process, or the worker of a cluster that has one. */
export type KnownProcesses = Readonly<Record<number, (Ended & { process?: Ended }) | undefined>>;

interface Ended {
  signalCode?: string | null;
}

/** PM2 calls the end by a signal an exit with 0. */
function eventOf({ event, process }: Packet, processes: KnownProcesses): string {
  const ended = event === "exit" && process ? processes[process.pm_id] : undefined;
  const signal = ended?.signalCode ?? ended?.process?.signalCode ?? null;
  return JSON.stringify({
    event: event ?? "",
    status: process?.status ?? "",
    exitCode: signal === null ? (process?.exit_code ?? null) : null,
    signal,
    startedAt: process?.pm_uptime ?? 0,
  });
}

/** Something whose output is relayed. */
export interface StreamSource {
  /** Nothing more is read of it until `release`. */
  hold(): void;
  release(): void;
}

/** Shorter output is sent with its head in one piece. */
const SHORT = 4 * 1024;

/** The daemon's end of the socket that the engine reads. */
export class Relay {
  #reader: Socket | null = null;
  /** Until a reader came, output waits where it is. Once it is gone, nothing waits for it any more. */
  #full = true;
  readonly #sources = new Set<StreamSource>();
  /** Bytes, by app. */
  readonly #dropped = new Map<number, number>();

  /** No other user may open it, not even in the moment before its mode is set. */
  listen(file: string): Server {
    const server = createServer((socket) => this.#join(socket));
    const before = process.umask(0o077);
    try {
      return server.listen(file, () => chmodSync(file, 0o600));
    } finally {
      process.umask(before);
    }
  }

  add(source: StreamSource): void {
    this.#sources.add(source);
    if (this.#full) source.hold();
  }

  remove(source: StreamSource): void {
    this.#sources.delete(source);
  }

  /** Bytes that the reader has not taken. */
  get unread(): number {
    return this.#reader?.writableLength ?? 0;
  }

  /** The bytes must not change until they are `written`, or dropped. */
  output(frame: RelayFrame, pieces: readonly Buffer[], written = (): void => {}): void {
    const socket = this.#reader;
    if (socket === null) return written();
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const all = [relayHead(frame, length), ...pieces];
    if (length <= SHORT) socket.write(Buffer.concat(all), written);
    else {
      socket.cork();
      all.forEach((piece, index) => socket.write(piece, index === all.length - 1 ? written : undefined));
      socket.uncork();
    }
    if (socket.writableLength > MOST_UNREAD_OUTPUT) this.#setFull(true);
  }

  /**
   * Output that cannot be left unread, for it comes with the messages of a cluster: while too much waits it is dropped,
   * and what follows begins with its amount.
   */
  unheld(frame: RelayFrame, bytes: Buffer): void {
    if (this.unread > MOST_UNREAD) {
      this.#dropped.set(frame.id, (this.#dropped.get(frame.id) ?? 0) + bytes.length);
      return;
    }
    const dropped = this.#dropped.get(frame.id);
    this.#dropped.delete(frame.id);
    if (dropped === undefined) return this.output(frame, [bytes]);
    const words = `… (devpm dropped ${dropped} bytes of output: it could not read them, and a cluster does not wait)`;
    this.output({ ...frame, kind: "err" }, [Buffer.from(`${words}\n`)]);
    this.output(frame, [bytes]);
  }

  /** Never held back, and behind the output that came before it. */
  message(frame: RelayFrame, text: string): void {
    const bytes = Buffer.from(text);
    this.#reader?.write(Buffer.concat([relayHead(frame, bytes.length), bytes]));
  }

  #join(socket: Socket): void {
    if (this.#reader !== null) {
      socket.destroy();
      return;
    }
    this.#reader = socket;
    this.#setFull(false);
    socket.on("drain", () => this.#setFull(false));
    // close follows
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#reader = null;
      this.#setFull(false);
    });
  }

  #setFull(full: boolean): void {
    if (full === this.#full) return;
    this.#full = full;
    for (const source of this.#sources) {
      if (full) source.hold();
      else source.release();
    }
  }
}
