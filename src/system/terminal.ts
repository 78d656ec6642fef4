import { isatty } from "node:tty";
import type { Environment } from "./environment.ts";

/** Where people and scripts read us. */
export interface Terminal {
  out: Output;
  err: Output;
}

export interface Output {
  readonly isTTY: boolean;
  /** Width for layout; where it is no terminal: $COLUMNS, else 100. */
  readonly columns: number;
  /** The reader has gone (`| head`, a closed terminal): further writes are dropped in silence. */
  readonly closed: boolean;
  /** Collected and written at the end of the tick. Nothing is dropped for a slow reader: it waits in memory. */
  write(text: string): void;
  /** Called once when the reader goes. */
  onClosed(listener: () => void): void;
  /** Everything written so far has left the process, or nobody reads it. */
  flushed(): Promise<void>;
}

type Stream = NodeJS.WriteStream & { fd: number };

class StreamOutput implements Output {
  readonly isTTY: boolean;
  closed = false;
  private pending = "";
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
    // a signal's default action ends us without a last write: only a normal exit comes through here
    process.once("exit", () => this.drain());
  }

  get columns(): number {
    return (this.isTTY && this.stream.columns) || this.fallbackColumns;
  }

  write(text: string): void {
    if (this.closed) return;
    this.pending += text;
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

  private drain(): void {
    this.scheduled = false;
    if (this.pending === "" || this.closed) return;
    const text = this.pending;
    this.pending = "";
    this.busy = true;
    this.stream.write(text, () => {
      this.busy = false;
      if (this.pending !== "" && !this.closed) this.drain();
      else for (const listener of this.flushListeners.splice(0)) listener();
    });
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.busy = false;
    this.pending = "";
    for (const listener of [...this.flushListeners.splice(0), ...this.closedListeners.splice(0)]) listener();
  }
}

/** Constructed once: it takes over what happens when stdout or stderr is closed by its reader. */
export function openTerminal(environment: Environment): Terminal {
  const wanted = Number(environment.shell.COLUMNS);
  const columns = Number.isInteger(wanted) && wanted > 0 ? wanted : 100;
  return { out: new StreamOutput(process.stdout, columns), err: new StreamOutput(process.stderr, columns) };
}
