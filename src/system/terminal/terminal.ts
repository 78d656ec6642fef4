import { isatty } from "node:tty";
import { ByteQueue, type Encoding } from "../byte-queue.ts";
import type { Environment } from "../environment.ts";
import { keyboard, type Keyboard } from "./keyboard.ts";
import { onReaderGone } from "./reader-gone.ts";
import { displacement, frame, movesCursorIn } from "./pinned.ts";
import { monotonic } from "../monotonic.ts";

/** Where people and scripts read our output, and what a person types. */
export interface Terminal {
  out: Output;
  err: Output;
  keys: Keyboard;
}

export interface Output {
  readonly isTTY: boolean;
  /** Width for layout; where it is no terminal: $COLUMNS, else 100. */
  readonly columns: number;
  /** Height; 24 where it is no terminal. */
  readonly rows: number;
  /** The reader has gone (`| head`, a closed terminal): further writes are dropped silently. */
  readonly closed: boolean;
  /** Why not all that was written is there, though its reader has not gone: a full disk (`ENOSPC`). */
  readonly lost?: string | null;
  /** Collected and written at the end of the tick. Nothing is dropped for a slow reader: it waits in memory. */
  write(text: string): void;
  /** The same without a string. */
  writeBytes(text: Encoding): void;
  /**
   * Lines that stay below everything that is written, in a terminal only: each narrower than it. The same lines again cost
   * nothing; none of them ends it. What is written meanwhile should consist of whole lines.
   */
  pin(lines: readonly string[]): void;
  /** Called when the terminal has another size; returns the function that ends it. */
  onResize(listener: () => void): () => void;
  /** Called once when the reader goes: at the next write, unless `watchReader` was called. */
  onClosed(listener: () => void): void;
  /** From now on it is noticed at once that the reader of a pipe has gone, for a command that may write nothing for long. */
  watchReader(): void;
  /** Bytes that its reader has not taken yet, roughly. */
  readonly waiting: number;
  /** Everything written so far has left the process, or its reader is gone. */
  flushed(): Promise<void>;
  /**
   * From now on a terminal that takes nothing (Ctrl+S, a stalled ssh) no longer holds up this process: node's writes to one
   * return when it has taken them. What waits is in `waiting`. Not where another process gets this terminal as its own output.
   */
  unblock(): void;
  /** Whether what is written from now on is dropped: another program has this terminal. */
  mute(muted: boolean): void;
  /** What its reader has not taken is dropped, and whatever is written from now on. */
  abandon(): void;
}

/** Short texts are put together up to this length before they are turned into bytes, which has its price each time. */
const PIECE = 4 * 1024;
const LINE_END = 0x0a;

/** What was written so long ago has reached the terminal, and a window that was not resized for so long is not being dragged. */
const CALM_MS = 100;

type Stream = NodeJS.WriteStream & { fd: number };

/** What node has below a stream. */
interface Handle {
  fd: number;
  setBlocking(blocking: boolean): void;
}

interface Emulator {
  /** Where it is no terminal. */
  fallbackColumns: number;
  /** As `displacement` describes it. */
  movesCursor: boolean;
}

class StreamOutput implements Output {
  readonly isTTY: boolean;
  closed = false;
  lost: string | null = null;
  private pending = "";
  private queue = new ByteQueue();
  /** The one that was written before. */
  private spare: ByteQueue | null = null;
  private busy = false;
  private scheduled = false;
  private closedListeners: (() => void)[] = [];
  private flushListeners: (() => void)[] = [];
  private pinned: readonly string[] = [];
  /** The terminal shows other pinned lines than it should. */
  private outdated = false;
  private muted = false;
  /** The pinned lines that it shows. */
  private drawn: readonly string[] = [];
  private resizing: NodeJS.Timeout | null = null;
  /** It was resized while nothing was on its way to it: what it has done to the pinned lines is known. */
  private reflowed = false;
  private lastWritten = 0;
  private readonly stream: Stream;
  private readonly fallbackColumns: number;

  private readonly movesCursor: boolean;

  constructor(stream: Stream, { fallbackColumns, movesCursor }: Emulator) {
    this.stream = stream;
    this.isTTY = isatty(stream.fd);
    this.fallbackColumns = fallbackColumns;
    this.movesCursor = movesCursor;
    stream.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code !== undefined && !READER_GONE.has(code)) this.lost = code;
      this.close();
    });
    // a signal's default action ends this process without a last write: only a normal exit comes through here
    process.once("exit", () => {
      this.pin([]);
      this.drain();
    });
  }

  get columns(): number {
    return (this.isTTY && this.stream.columns) || this.fallbackColumns;
  }

  get rows(): number {
    return (this.isTTY && this.stream.rows) || 24;
  }

  get waiting(): number {
    return this.pending.length + this.queue.length + this.stream.writableLength;
  }

  write(text: string): void {
    if (this.closed || this.muted) return;
    // what waits for a slow reader does not wait as a string
    if (this.pending.length + text.length > PIECE) this.pack();
    if (text.length > PIECE) this.queue.add(text);
    else this.pending += text;
    this.schedule();
  }

  writeBytes({ atMost, write }: Encoding): void {
    if (this.closed || this.muted) return;
    this.pack();
    this.queue.addBytes(atMost, write);
    this.schedule();
  }

  pin(lines: readonly string[]): void {
    if (this.closed || !this.isTTY) return;
    if (lines.length === this.pinned.length && lines.every((line, index) => line === this.pinned[index])) return;
    this.pinned = [...lines];
    this.outdated = true;
    this.schedule();
  }

  onResize(listener: () => void): () => void {
    const settled = (): void => {
      this.resizing = null;
      // the terminal may have wrapped or cut them
      this.outdated = this.drawn.length > 0;
      this.schedule();
      listener();
    };
    const resized = (): void => {
      if (this.resizing === null) this.reflowed = !this.busy && monotonic() - this.lastWritten > CALM_MS;
      else clearTimeout(this.resizing);
      // a window that is being dragged
      this.resizing = setTimeout(settled, CALM_MS);
    };
    this.stream.on("resize", resized);
    return () => this.stream.off("resize", resized);
  }

  private schedule(): void {
    if (this.scheduled || this.busy) return;
    this.scheduled = true;
    setImmediate(() => this.drain());
  }

  onClosed(listener: () => void): void {
    if (this.closed) listener();
    else this.closedListeners.push(listener);
  }

  watchReader(): void {
    const end = onReaderGone(this.stream.fd, () => this.close());
    process.once("exit", end);
  }

  flushed(): Promise<void> {
    if (!this.busy) this.drain();
    return this.busy ? new Promise((resolve) => this.flushListeners.push(resolve)) : Promise.resolve();
  }

  unblock(): void {
    const { _handle: handle } = this.stream as { _handle?: Handle };
    // node has opened the terminal again; if it could not, the shell and everything else there would have the flag too
    if (this.isTTY && handle && handle.fd !== this.stream.fd) handle.setBlocking(false);
  }

  mute(muted: boolean): void {
    this.muted = muted;
  }

  abandon(): void {
    this.closedListeners = [];
    this.close();
  }

  private pack(): void {
    if (this.pending === "") return;
    this.queue.add(this.pending);
    this.pending = "";
  }

  private drain(): void {
    this.scheduled = false;
    this.pack();
    if ((this.queue.length === 0 && !this.outdated) || this.closed) return;
    const { queue } = this;
    const pieces = this.drawn.length + this.pinned.length === 0 ? [queue.bytes] : this.framed();
    this.outdated = false;
    this.queue = this.spare ?? new ByteQueue();
    this.spare = null;
    this.busy = true;
    const last = pieces.length - 1;
    // a stream that is corked takes one piece as a list of them
    if (last > 0) this.stream.cork();
    pieces.forEach((piece, index) => this.stream.write(piece, index === last ? () => this.written(queue) : undefined));
    if (last > 0) this.stream.uncork();
  }

  /** What is to be written, above the pinned lines. */
  private framed(): Buffer[] {
    const { drawn, pinned } = this;
    const displaced = this.reflowed && this.movesCursor ? displacement(drawn, this.columns) : 0;
    const { before, after } = frame({ drawn, pinned, endsLine: this.endsLine(), displaced });
    this.drawn = pinned;
    this.reflowed = false;
    return [Buffer.from(before), this.queue.bytes, Buffer.from(after)];
  }

  private endsLine(): boolean {
    return this.queue.length === 0 || this.queue.bytes.at(-1) === LINE_END;
  }

  private written(queue: ByteQueue): void {
    queue.drop();
    this.spare = queue;
    this.busy = false;
    this.lastWritten = monotonic();
    if ((this.pending !== "" || this.queue.length > 0 || this.outdated) && !this.closed) this.drain();
    else for (const listener of this.flushListeners.splice(0)) listener();
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.busy = false;
    this.pending = "";
    this.queue = new ByteQueue();
    this.spare = null;
    for (const listener of [...this.flushListeners.splice(0), ...this.closedListeners.splice(0)]) listener();
  }
}

const READER_GONE: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET", "EIO", "EBADF"]);

/** Constructed once: it takes over what happens when stdout or stderr is closed by its reader. */
export function openTerminal(environment: Environment): Terminal {
  const wanted = Number(environment.shell.COLUMNS);
  const emulator = {
    fallbackColumns: Number.isInteger(wanted) && wanted > 0 ? wanted : 100,
    movesCursor: movesCursorIn(environment.shell),
  };
  return {
    out: new StreamOutput(process.stdout, emulator),
    err: new StreamOutput(process.stderr, emulator),
    keys: keyboard,
  };
}
