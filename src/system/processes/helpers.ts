import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { takeBegunProcess } from "../begun.ts";
import { daemonOf, type ProgramCommand, pythonPath, sentinelOf, sessionId, spawnShim } from "../begin/shim.ts";

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
  /** Gets the kernel's error where it cannot be started, a moment after that. */
  refused?: (error: Error) => void;
}

export interface Helper {
  pid: number;
  lines: Line[];
  /** When it has ended: its exit code; null where a signal ended it, or it never started. */
  exited: Promise<number | null>;
}

export interface ShimStart {
  python: string;
  node: string;
  /** The session's. */
  id: string;
  daemon: ProgramCommand;
  logFile: string;
}

/** A shim that was started before there was a session: the one that takes it has this id. */
export interface Begun {
  id: string;
  helper: Helper;
}

/** Programs that outlive this process: in a session of their own, sharing nothing with us but the lines. */
export interface Helpers {
  /** null where it cannot be started. */
  start(file: string, args: readonly string[], options: HelperOptions): Helper | null;
  /** With two lines: the sentinel's and its own. */
  startShim(start: ShimStart): Helper | null;
  /** Once; null: nothing was begun. */
  takeBegun(): Begun | null;
  /** What the guardian consists of. */
  guardian: typeof GUARDIAN;
  /** Our own end of a line that our parent gave us. */
  inherited(descriptor: number): Line;
}

const GUARDIAN = { pythonPath, sessionId, sentinelOf, daemonOf };

export const helpers: Helpers = {
  start: (file, args, { env, cwd, logFile, lines, refused }) =>
    printingTo(logFile, (log) => {
      const pipes = Array.from({ length: lines }, () => "pipe" as const);
      const child = spawn(file, args, { env, cwd, detached: true, stdio: ["ignore", log, log, ...pipes] });
      child.unref();
      if (refused) child.once("error", refused);
      return helperOf(child);
    }),
  startShim: ({ python, node, id, daemon, logFile }) =>
    printingTo(logFile, (out) => helperOf(spawnShim({ python, sentinel: sentinelOf({ node, id }), daemon, out }))),
  takeBegun() {
    const begun = takeBegunProcess();
    const helper = begun && helperOf(begun.child);
    if (!begun || !helper) return null;
    // another process may have its pid by now
    const { exitCode, signalCode } = begun.child;
    if (exitCode === null && signalCode === null) return { id: begun.id, helper };
    for (const line of helper.lines) line.close();
    return null;
  },
  guardian: GUARDIAN,
  inherited: (descriptor) => lineOver(new Socket({ fd: descriptor, readable: true, writable: true })),
};

function helperOf(child: ChildProcess): Helper | null {
  const { exitCode, signalCode } = child;
  const exited = new Promise<number | null>((resolve) => {
    if (exitCode !== null || signalCode !== null) resolve(exitCode);
    child.once("exit", resolve);
    child.once("error", () => resolve(null));
  });
  if (child.pid === undefined) return null;
  const sockets = child.stdio.slice(3) as unknown as Socket[];
  return { pid: child.pid, lines: sockets.map(lineOver), exited };
}

function printingTo<T>(file: string | undefined, start: (out: number | "ignore") => T): T {
  const log = openLog(file);
  try {
    return start(log);
  } finally {
    if (typeof log === "number") closeSync(log);
  }
}

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
    if (socket.closed) resolve();
    socket.once("close", () => resolve());
  });
  // EPIPE and ECONNRESET report what "close" reports right after
  socket.on("error", () => {});
  let rest = "";
  socket.setEncoding("utf8");
  // Node's readline would be loaded for it, before the first app
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parse(line);
      if (message) for (const handle of handlers) handle(message);
    }
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
