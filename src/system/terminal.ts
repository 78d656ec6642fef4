import { isatty } from "node:tty";
import type { Environment } from "./environment.ts";

/** Where people and scripts read our output. */
export interface Terminal {
  out: Output;
  err: Output;
}

export interface Output {
  readonly isTTY: boolean;
  /** Width for layout; where it is no terminal: $COLUMNS, else 100. */
  readonly columns: number;
  /** The reader has gone (`| head`, a closed terminal): further writes are dropped silently. */
  readonly closed: boolean;
  /** Collected and written at the end of the tick. Nothing is dropped for a slow reader: it waits in memory. */
  write(text: string): void;
  /** Called once when the reader goes. */
  onClosed(listener: () => void): void;
  /** Bytes that its reader has not taken yet, roughly. */
  readonly waiting: number;
  /** Everything written so far has left the process, or its reader is gone. */
  flushed(): Promise<void>;
  /** What its reader has not taken is dropped, and whatever is written from now on. */
  abandon(): void;
}

/**
 * What waits for a slow reader is turned into bytes in pieces of this size: as one string that grows it would be
 * thousands of small objects, which the garbage collector copies again and again.
 */
const PIECE = 64 * 1024;

type Stream = NodeJS.WriteStream & { fd: number };

class StreamOutput implements Output {
  readonly isTTY: boolean;
  closed = false;
  private pending = "";
  private pieces: Buffer[] = [];
  private packed = 0;
  private busy = false;
  private scheduled = false;
  private closedListeners: (() => void)[] = [];
  private flushListeners: (() => void)[] = [];
  private readonly stream: Stream;
  private readonly fallbackColumns: number;

  constructor(stream: Stream, fallbackColumns: number) {
    this.stream = stream;
    this.isTTY = isatty(stream.fd);
    this.fallbackColumns = fallbackColumns;
    stream.on("error", () => this.close());
    // a signal's default action ends this process without a last write: only a normal exit comes through here
    process.once("exit", () => this.drain());
  }

  get columns(): number {
    return (this.isTTY && this.stream.columns) || this.fallbackColumns;
  }

  get waiting(): number {
    return this.pending.length + this.packed + this.stream.writableLength;
  }

  write(text: string): void {
    if (this.closed) return;
    this.pending += text;
    if (this.pending.length > PIECE) this.pack();
    if (this.scheduled || this.busy) return;
    this.scheduled = true;
    setImmediate(() => this.drain());
  }

  onClosed(listener: () => void): void {
    if (this.closed) listener();
    else this.closedListeners.push(listener);
  }

  flushed(): Promise<void> {
    if (!this.busy) this.drain();
    return this.busy ? new Promise((resolve) => this.flushListeners.push(resolve)) : Promise.resolve();
  }

  abandon(): void {
    this.closedListeners = [];
    this.close();
  }

  private pack(): void {
    if (this.pending === "") return;
    const piece = Buffer.from(this.pending);
    this.pieces.push(piece);
    this.packed += piece.length;
    this.pending = "";
  }

  private drain(): void {
    this.scheduled = false;
    this.pack();
    const pieces = this.pieces;
    if (pieces.length === 0 || this.closed) return;
    this.pieces = [];
    this.packed = 0;
    this.busy = true;
    this.stream.cork();
    pieces.forEach((piece, index) => this.stream.write(piece, index === pieces.length - 1 ? this.written : undefined));
    this.stream.uncork();
  }

  private readonly written = (): void => {
    this.busy = false;
    if ((this.pending !== "" || this.pieces.length > 0) && !this.closed) this.drain();
    else for (const listener of this.flushListeners.splice(0)) listener();
  };

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.busy = false;
    this.pending = "";
    this.pieces = [];
    this.packed = 0;
    for (const listener of [...this.flushListeners.splice(0), ...this.closedListeners.splice(0)]) listener();
  }
}

/** Constructed once: it takes over what happens when stdout or stderr is closed by its reader. */
export function openTerminal(environment: Environment): Terminal {
  const wanted = Number(environment.shell.COLUMNS);
  const columns = Number.isInteger(wanted) && wanted > 0 ? wanted : 100;
  return { out: new StreamOutput(process.stdout, columns), err: new StreamOutput(process.stderr, columns) };
}
