import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { createInterface } from "node:readline";

/** A line to another process, JSON objects both ways. It closes when the other side closes it or dies. */
export interface Line {
  /** Lost where the other side is gone: `closed` reports that. */
  send(message: unknown): void;
  /** Bytes that the other side has not read yet. */
  readonly waiting: number;
  /** Everything sent so far has been read, or the other side is gone. */
  flushed(): Promise<void>;
  onMessage(handle: (message: Record<string, unknown>) => void): void;
  closed: Promise<void>;
  /** Nothing more is sent; `closed` resolves once the other side has closed it too. */
  end(): void;
  close(): void;
}

export interface HelperOptions {
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  cwd?: string;
  /** Appended to; where it cannot be opened what the helper prints is dropped. */
  logFile?: string;
  /** How many lines it gets, as descriptors 3, 4 … */
  lines: number;
}

export interface Helper {
  pid: number;
  lines: Line[];
  /** When it has ended: its exit code; null where a signal ended it, or it never started. */
  exited: Promise<number | null>;
}

/** Programs that outlive this process: in a session of their own, sharing nothing with us but the lines. */
export interface Helpers {
  /** null where it cannot be started. */
  start(file: string, args: readonly string[], options: HelperOptions): Helper | null;
  /** Our own end of a line that our parent gave us. */
  inherited(descriptor: number): Line;
}

export const helpers: Helpers = {
  start(file, args, { env, cwd, logFile, lines }) {
    const log = openLog(logFile);
    const child = spawn(file, args, {
      env,
      cwd,
      detached: true,
      stdio: ["ignore", log, log, ...Array.from({ length: lines }, () => "pipe" as const)],
    });
    if (typeof log === "number") closeSync(log);
    child.unref();
    const exited = new Promise<number | null>((resolve) => {
      child.once("exit", resolve);
      child.once("error", () => resolve(null));
    });
    if (child.pid === undefined) return null;
    const sockets = child.stdio.slice(3) as unknown as Socket[];
    return { pid: child.pid, lines: sockets.map(lineOver), exited };
  },
  inherited: (descriptor) => lineOver(new Socket({ fd: descriptor, readable: true, writable: true })),
};

function openLog(file: string | undefined): number | "ignore" {
  if (file === undefined) return "ignore";
  try {
    return openSync(file, "a", 0o600);
  } catch {
    return "ignore";
  }
}

function lineOver(socket: Socket): Line {
  const handlers: ((message: Record<string, unknown>) => void)[] = [];
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  // EPIPE and ECONNRESET report what "close" reports right after
  socket.on("error", () => {});
  const lines = createInterface({ input: socket });
  lines.on("error", () => {});
  lines.on("line", (line) => {
    const message = parse(line);
    if (message) for (const handle of handlers) handle(message);
  });
  return {
    send: (message) => {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
    },
    get waiting() {
      return socket.writableLength;
    },
    flushed: () =>
      socket.writableNeedDrain
        ? Promise.race([new Promise<void>((resolve) => void socket.once("drain", resolve)), closed])
        : Promise.resolve(),
    onMessage: (handle) => {
      handlers.push(handle);
    },
    closed,
    end: () => {
      socket.end();
    },
    close: () => {
      socket.destroy();
    },
  };
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}
